# SPDX-License-Identifier: GPL-3.0-or-later
"""What a station's listeners should hear, and the ear that judges whether they did."""
