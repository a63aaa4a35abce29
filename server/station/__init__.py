# SPDX-License-Identifier: GPL-3.0-or-later
"""The radio station: one schedule of songs that any number of server processes send alike."""
