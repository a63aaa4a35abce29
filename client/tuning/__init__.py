# SPDX-License-Identifier: GPL-3.0-or-later
"""Stations as their listener sees them: tuning in, what is on the air, requests and votes."""
