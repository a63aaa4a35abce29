# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from elsewhere made safe to show, and measured in the columns that it takes."""

import unicodedata
from typing import Final

from wcwidth import wcwidth

# A letter's shape or an emoji may hang on these two; they move nothing else on the line.
_JOINERS: Final = "\u200c\u200d"
_REPLACEMENT: Final = "\ufffd"


def safe(text: str) -> str:
    """`text` without anything that a terminal obeys or that turns the line around.

    Controls (which would move the cursor or change colours), separators of lines and halves of
    characters become U+FFFD; invisible formatting such as bidirectional overrides goes.
    """
    if text.isprintable():
        return text
    return "".join(
        _SAFE.get(unicodedata.category(char), char) if char not in _JOINERS else char
        for char in text
    )


_SAFE: Final = {
    "Cc": _REPLACEMENT,
    "Cs": _REPLACEMENT,
    "Zl": _REPLACEMENT,
    "Zp": _REPLACEMENT,
    "Cf": "",
}


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes; it must be safe."""
    if text.isascii():
        return len(text)
    return sum(max(wcwidth(char), 0) for char in text)


def cut(text: str, width: int, *, mark: str = "…") -> str:
    """`text` if it fits into `width` columns, else its beginning with `mark` behind."""
    if columns(text) <= width:
        return text
    room = width - columns(mark)
    if room < 0:
        return ""
    kept = 0
    for char in text:
        room -= max(wcwidth(char), 0)
        if room < 0:
            break
        kept += 1
    # A combining mark takes no room, so what was kept never ends between a letter and its marks.
    return text[:kept] + mark


def fill(text: str, width: int, *, mark: str = "…") -> str:
    """`text` in exactly `width` columns: cut, or with blanks behind."""
    shown = cut(text, width, mark=mark)
    return shown + " " * (width - columns(shown))


def fill_left(text: str, width: int) -> str:
    """`text` in at least `width` columns, with blanks in front."""
    return " " * (width - columns(text)) + text
