# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests, which mirror the tree."""
