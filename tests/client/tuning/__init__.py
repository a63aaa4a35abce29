# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of stations as their listener sees them."""
