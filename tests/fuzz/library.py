# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server reads of a song beside its sound: tags, and the answers of its indexer."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from io import BytesIO

from common.constants import MAX_TEXT
from common.text import forbidden_character
from server.library.outcome import (
    ANSWER,
    Busy,
    Indexed,
    Missing,
    Refused,
    Unreadable,
    decode,
    encode,
)
from server.library.tags import read_tags
from tests.fuzz.mp3 import SHORT, files
from tests.fuzz.target import Target, head
from tests.mp3_samples import apev2, id3v1, id3v2


def _text_frame(name: bytes, text: bytes, flags: bytes = b"\0\0") -> bytes:
    return name + len(text).to_bytes(4, "big") + flags + text


def _tags_seeds() -> Iterator[bytes]:
    names = (b"TIT2", b"TPE1", b"TALB", b"TXXX", b"TDRC", b"APIC", b"TCON", b"UFID", b"RVA2")
    for encoding in (b"\0one", b"\1\xff\xfeo\0n\0", b"\2\0o\0n", b"\3one\0two"):
        frames = b"".join(_text_frame(name, encoding) for name in names)
        yield id3v2(frames) + SHORT
        yield id3v2(frames, footer=True).replace(b"\x04", b"\x03", 1) + SHORT
    # Flags that say: deflated, with a length in front; without synchronisation marks; encrypted.
    for flags in (b"\0\x09", b"\0\x02", b"\0\x04", b"\0\x80", b"\xff\xff"):
        yield id3v2(_text_frame(b"TIT2", b"\0\0\0\4\3one", flags)) + SHORT
    yield id3v2(b"TT2\0\0\4\0oneTP1\0\0\4\0two").replace(b"\x04", b"\x02", 1)
    yield SHORT + apev2(b"Title", b"one\0two") + id3v1(b"Ground")
    yield SHORT + apev2(b"Artist", b"\xff\xfe") + id3v1(b"")
    for content in files():
        yield content[:2000]
        yield content[-300:]


def check_tags(data: bytes) -> None:
    """Never an exception, and only texts that may cross the wire."""
    tags = read_tags(BytesIO(data))
    for text in (tags.title, tags.artist, tags.album, tags.problem):
        assert forbidden_character(text) is None
        assert len(text.encode()) <= MAX_TEXT
        assert text == text.strip()


INDEXED = Indexed("title", "artist", "", 1000, bytes(32), 417, 1, "", b"index")
OUTCOMES = (INDEXED, Refused("why", 1, 2), Unreadable("why"), Missing(), Busy())


def _outcome_seeds() -> Iterator[bytes]:
    for outcome in (*OUTCOMES, replace(INDEXED, title="\u00e9\U0001d11e")):
        answer = encode(outcome)
        size, _ = ANSWER.unpack_from(answer)
        yield bytes([0]) + answer[ANSWER.size :]
        yield bytes([size]) + answer[ANSWER.size :]
    yield b"\0[]"
    yield b"\0" + b"[" * 2000


def check_outcome(data: bytes) -> None:
    """ValueError or TypeError, or an outcome that goes through the pipe once more."""
    (size,), rest = head(data, 1)
    size = size or len(rest)
    with suppress(ValueError, TypeError):
        outcome = decode(rest[:size], rest[size:])
        again = encode(outcome)
        length, _ = ANSWER.unpack_from(again)
        behind = again[ANSWER.size :]
        assert decode(behind[:length], behind[length:]) == outcome


TARGETS = (
    Target("server-tags", _tags_seeds, check_tags),
    Target("server-outcome", _outcome_seeds, check_outcome),
)
