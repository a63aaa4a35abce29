# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measurements are made of, tested as everything else is."""
