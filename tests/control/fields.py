# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the field types, drawn by Hypothesis."""

from hypothesis import strategies as st

from common.text import forbidden_character


def uint(bits: int, *, least: int = 0) -> st.SearchStrategy[int]:
    return st.integers(least, (1 << bits) - 1)


def text(limit: int, *, least: int = 0) -> st.SearchStrategy[str]:
    return st.text(
        st.characters(codec="utf-8").filter(lambda char: forbidden_character(char) is None),
        min_size=least,
        max_size=limit // 4,
    )


def octets(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)
