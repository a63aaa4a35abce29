# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults, the ear that judges what was heard, and one run of all of it."""
