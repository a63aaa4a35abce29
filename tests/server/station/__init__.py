# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the radio station's schedule and of the places where it is kept."""
