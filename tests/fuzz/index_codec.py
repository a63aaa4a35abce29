# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored indexes of any content: ValueError, or an index that everybody can work with."""

import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO

from data.index import AudioIndex, NotMp3, index_audio
from data.index_codec import decode, encode
from tests.fuzz.mp3 import SHORT, check_is_sound, files
from tests.fuzz.target import Target, head

_VERSION = b"\1"
# What the first byte of an input says of the others: the stored form as it is, or the record in
# it, which no fuzzer would learn to deflate; and then how often the last two bytes stand there.
_AS_IT_IS = 0
_REPEATS = (9, 1000, 70_000)


def _seeds() -> Iterator[bytes]:
    for content in files():
        with suppress(NotMp3):
            stored = index_audio(BytesIO(content)).to_bytes()
            yield b"\0" + stored
            yield b"\1" + zlib.decompress(stored[1:])
    for what, times in enumerate(_REPEATS, 1):
        yield bytes([what]) + _record(SHORT, times)


def _record(frame: bytes, times: int) -> bytes:
    """The record of a file of equal frames, with the length of only one of them."""
    stored = index_audio(BytesIO(frame * times)).to_bytes()
    return zlib.decompress(stored[1:])[: 2 - 2 * times or None]


def _stored(data: bytes) -> bytes:
    (what,), rest = head(data, 1)
    if what % (len(_REPEATS) + 1) == _AS_IT_IS:
        return rest
    times = _REPEATS[what % (len(_REPEATS) + 1) - 1]
    return _VERSION + zlib.compress(rest[:-2] + rest[-2:] * times, level=1)


def check(data: bytes) -> None:
    """What is taken back is stored again the same, and is fit to be streamed."""
    stored = _stored(data)
    try:
        found = decode(stored)
        index = AudioIndex.from_bytes(stored)
    except ValueError:
        return
    assert decode(encode(found)) == found
    assert AudioIndex.from_bytes(index.to_bytes()) == index
    if index.has_gapless or index.delay == index.padding == 0:
        check_is_sound(index, None)


TARGETS = (Target("index-stored", _seeds, check, longest=1024),)
