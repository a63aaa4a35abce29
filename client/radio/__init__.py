# SPDX-License-Identifier: GPL-3.0-or-later
"""Listening to a station: songs one behind the other, without a gap."""
