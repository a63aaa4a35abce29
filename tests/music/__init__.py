# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the sample music's scores and of the program that writes them as MIDI."""
