# SPDX-License-Identifier: GPL-3.0-or-later
"""The audio bytes of a file, a source of them for the decoder, and what mpg123 makes of a file."""

import subprocess
from array import array
from pathlib import Path

from client.decoder import Decoder, MadDecoder
from client.trimmer import Cuts, Trimmer
from data.index import AudioIndex, index_audio

WHOLE = Cuts()


class BytesSource:
    """A ByteSource out of memory, in pieces of at most `most` bytes."""

    def __init__(self, content: bytes, most: int = 1 << 20) -> None:
        self._content = content
        self._most = most
        self._at = 0

    def read(self, size: int, /) -> bytes:
        piece = self._content[self._at : self._at + min(size, self._most)]
        self._at += len(piece)
        return piece


def read_audio(path: Path) -> tuple[bytes, AudioIndex]:
    """The audio bytes of the file, as a server would send them, and its index."""
    content = path.read_bytes()
    with path.open("rb") as file:
        index = index_audio(file)
    pieces = (content[e.file_offset : e.file_offset + e.length] for e in index.extents)
    return b"".join(pieces), index


def decode(audio: bytes, cuts: Cuts = WHOLE, most: int = 1 << 20) -> "array[int]":
    """All samples, left and right in turn, that the decoder and the trimmer make of `audio`."""
    decoder: Decoder = MadDecoder(BytesSource(audio, most))
    trimmer = Trimmer(cuts)
    samples = array("h")
    while (pcm := decoder.read()) is not None:
        for piece in trimmer.push(pcm):
            samples.frombytes(piece.samples)
    return samples


def mpg123(path: Path, *options: str) -> "array[int]":
    """All samples that mpg123 makes of a file, as `decode` returns them."""
    command = ["mpg123", "-q", "-e", "s16", "--stereo", "-s", *options, str(path)]
    samples = array("h")
    samples.frombytes(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return samples
