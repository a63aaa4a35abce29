# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracks and texts that are hard to show: wide letters, combining marks, control characters."""

from hypothesis import strategies as st

from client.reports import TrackLine

ELISE = TrackLine(1, 83_000, "Für Elise", "Ludwig van Beethoven", "Bagatelles")
TOKYO = TrackLine(12, 3_723_000, "東京の空", "合唱団", "")
CAFE = TrackLine(3, 5_000, "Cafe\u0301", "E\x1b[31mvil\u202e", "Live")
TRACKS = (ELISE, CAFE, TOKYO)

TEXTS = st.text(alphabet="ab é東\u0301\x1b", max_size=40)
