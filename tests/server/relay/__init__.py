# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the relay tree, the server's side."""
