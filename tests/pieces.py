# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts a stream of bytes into pieces, as TCP may."""

from itertools import pairwise

from hypothesis import strategies as st


@st.composite
def cuts(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """`data` cut anywhere, or into single bytes; no piece is empty."""
    places = draw(
        st.one_of(
            st.just(set(range(1, len(data)))),
            st.sets(st.integers(0, len(data)), max_size=20),
        )
    )
    return [data[a:b] for a, b in pairwise([0, *sorted(places), len(data)]) if a < b]
