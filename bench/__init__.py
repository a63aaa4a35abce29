# SPDX-License-Identifier: GPL-3.0-or-later
"""Measurements of the running project: loads, comparisons, reports; nothing imports this room."""
