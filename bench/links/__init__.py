# SPDX-License-Identifier: GPL-3.0-or-later
"""Real programs over an emulated link: start, stalls and switches, beside other players."""
