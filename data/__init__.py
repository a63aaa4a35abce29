# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound's way: MPEG frames, the index of a file, data frames, credit, throughput, watermark."""
