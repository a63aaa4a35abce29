# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulated link, what is heard behind it, and the programs at its two ends."""
