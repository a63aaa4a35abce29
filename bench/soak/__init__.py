# SPDX-License-Identifier: GPL-3.0-or-later
"""Hours of music in minutes, to see whether anything grows."""
