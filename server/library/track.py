# SPDX-License-Identifier: GPL-3.0-or-later
"""One track as the library lists it, and the cleaning that makes any tag fit for the wire."""

import os
import re
from dataclasses import dataclass

from common import text as wire_text
from common.constants import MAX_TEXT

UNNAMED = 0  # the id of a track that the catalogue has not named yet

# Marks, embeddings, overrides and isolates of direction: they would turn the listener's whole
# line around. The byte order mark is invisible and breaks comparisons.
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A recording with the place it was last seen at.

    Attributes:
        id: names this recording for good; `UNNAMED` before the catalogue has seen it.
        path: relative to the music folder, undecodable bytes as surrogates (`os.fsdecode`).
        title: clean text, never empty, at most `MAX_TEXT` bytes of UTF-8.
        artist: clean text, may be empty.
        album: clean text, may be empty.
        duration_ms: of the audio, from the frames themselves.
        digest: SHA-256 of the audio bytes.
        size: of the file, in bytes, when it was indexed.
        mtime_ns: of the file, when it was indexed.
    """

    id: int
    path: str
    title: str
    artist: str
    album: str
    duration_ms: int
    digest: bytes
    size: int
    mtime_ns: int

    @property
    def stamp(self) -> tuple[int, int]:
        """(size, mtime_ns): what tells without reading whether a file is still the same."""
        return self.size, self.mtime_ns


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Text that any terminal can print on one line, at most `limit` bytes of UTF-8.

    Control characters and line separators become spaces, runs of space one space, direction
    overrides nothing, halves of surrogate pairs U+FFFD. The result is in NFC, cut at a character.
    """
    return wire_text.clean(_DIRECTIONS.sub("", _SURROGATES.sub("\ufffd", text)), limit)


def title_of(path: str) -> str:
    """The title of a file without one: its name without `.mp3`."""
    name = os.path.basename(path)  # noqa: PTH119 - a name may hold surrogates; Path adds nothing
    stem = name[:-4] if name.lower().endswith(".mp3") else name
    return clean(stem) or clean(name) or "?"


def printable(path: str) -> str:
    """A path for a log line: nothing in a file's name may forge a line or move the cursor."""
    return clean(path, limit=4096)
