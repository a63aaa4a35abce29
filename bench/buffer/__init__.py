# SPDX-License-Identifier: GPL-3.0-or-later
"""Thousands of simulated plays: the start rule against fixed marks, peers and a clairvoyant."""
