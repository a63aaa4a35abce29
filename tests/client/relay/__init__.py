# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of a listener that is fed by others, and feeds others."""
