# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of a server that is several processes."""
