# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound from a server that may send anything: PCM or DecodeError, and libmad survives it."""

from collections.abc import Iterator

from client.decoder import SAMPLE_BYTES, DecodeError, MadDecoder, Pcm
from client.feed import GUARD, FrameFeed
from client.trimmer import Cuts, Trimmer
from tests.fuzz.mp3 import files
from tests.fuzz.target import Target, head, pieces


class Arriving:
    """A source that gives what has arrived, as the input cuts it."""

    def __init__(self, data: bytes, choice: int) -> None:
        self._pieces = pieces(data, choice)[::-1]

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`."""
        if not self._pieces:
            return b""
        piece = self._pieces.pop()
        if len(piece) > size:
            self._pieces.append(piece[size:])
        return piece[:size]


def _seeds() -> Iterator[bytes]:
    for number, content in enumerate(files()):
        yield bytes([number % 256, 40]) + content


def _fed(data: bytes, choice: int, size: int) -> tuple[bytes, str]:
    feed = FrameFeed(Arriving(data, choice))
    feed.is_open = True
    found = b""
    while piece := feed.read(size):
        assert len(piece) <= size, "more than libmad has room for"
        found += piece
        feed.take_tried()
    return found, str(feed.error or "")


def _decoded(data: bytes, choice: int) -> tuple[list[Pcm], str]:
    decoder = MadDecoder(Arriving(data, choice))
    found: list[Pcm] = []
    try:
        while (pcm := decoder.read()) is not None:
            found.append(pcm)
    except DecodeError as refusal:
        return found, str(refusal)
    return found, ""


def check(data: bytes) -> None:
    """The cut changes neither what libmad is given nor what comes out."""
    (choice, size), sound = head(data, 2)
    whole, refusal = _fed(sound, 255, 4096)
    assert (sound + GUARD).startswith(whole), "bytes were lost"
    if not refusal:
        assert whole in (sound + GUARD, sound)
    assert _fed(sound, choice, size or 1) == (whole, refusal)
    pcm, why = _decoded(sound, 255)
    assert _decoded(sound, choice) == (pcm, why)
    trimmer = Trimmer(Cuts(front=choice, back=size))
    for piece in pcm:
        assert piece.rate > 0
        assert len(piece.samples) % SAMPLE_BYTES == 0
        assert all(len(heard.samples) % SAMPLE_BYTES == 0 for heard in trimmer.push(piece))


TARGETS = (Target("client-decoder", _seeds, check),)
