# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule for texts on the wire (RFC.md, "Notation"), and how to make any string obey it."""

import unicodedata

_FORBIDDEN = frozenset([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0xD800, 0xE000)])
_TO_SPACE = dict.fromkeys(_FORBIDDEN, " ")


def forbidden_character(text: str) -> str | None:
    """The first character of `text` that must not cross the wire, or None."""
    if text.isprintable():  # the common case, decided in C; all forbidden ones are unprintable
        return None
    return next((char for char in text if ord(char) in _FORBIDDEN), None)


def clean(text: str, limit: int) -> str:
    """`text` made fit for the wire: NFC, one space for each run of what is forbidden or blank.

    `limit` is in bytes of UTF-8; the cut never splits a character.
    """
    spaced = unicodedata.normalize("NFC", " ".join(text.translate(_TO_SPACE).split()))
    return spaced.encode()[:limit].decode(errors="ignore").rstrip()
