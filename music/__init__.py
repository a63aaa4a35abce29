# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample music: three scores written as notes, and the program that renders them to MP3."""
