# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server tells Prometheus."""
