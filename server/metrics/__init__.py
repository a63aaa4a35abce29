# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server tells Prometheus, and whoever asks whether it is well."""
