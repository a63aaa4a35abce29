# SPDX-License-Identifier: GPL-3.0-or-later
"""What the seal of a stretch signs: its place in the station and in its song (RFC.md, "Seals").

The signature itself comes from a library that the shells bring along.
"""

from hashlib import sha256
from typing import Final, Protocol

from common.constants import STATION_ID_SIZE

_SONG: Final = b"antiphon song 1"
_SEAL: Final = b"antiphon seal 1"


class Sign(Protocol):
    """Signs with a station's private key."""

    def __call__(self, message: bytes, /) -> bytes:
        """The 64 bytes of an Ed25519 signature."""
        ...


class Verify(Protocol):
    """Checks signatures with a station's public key."""

    def __call__(self, signature: bytes, message: bytes, /) -> bool:
        """Whether the station signed this message; False also for what is no signature at all."""
        ...


def song_start(station_id: bytes, offset: int, payload: bytes) -> bytes:
    """The start of a song's chain: `offset` is where it begins, `payload` the one of its SONG."""
    if len(station_id) != STATION_ID_SIZE:
        raise ValueError(f"a station id of {len(station_id)} bytes")
    return sha256(_SONG + station_id + offset.to_bytes(8, "big") + payload).digest()


def link(before: bytes, offset: int, audio: bytes) -> bytes:
    """The link of a stretch; `before` is that of the one before it, or its song's start."""
    return sha256(before + offset.to_bytes(8, "big") + audio).digest()


def sealed(start: bytes, stretch_link: bytes) -> bytes:
    """The bytes that a station signs for a stretch."""
    return _SEAL + start + stretch_link


class Chain:
    """Seals one song's stretches, each behind the one before it, from the first one on.

    A server that begins within a song passes over what was sent before: the chain reaches from the
    song's first byte.
    """

    def __init__(self, station_id: bytes, offset: int, payload: bytes) -> None:
        """The song begins at station offset `offset`; `payload` is the one of its SONG."""
        self._start = self._before = song_start(station_id, offset, payload)
        self._next = offset

    @property
    def next(self) -> int:
        """The station offset of the next stretch."""
        return self._next

    def pass_over(self, audio: bytes) -> None:
        """Link the next stretch without a seal."""
        self._before = link(self._before, self._next, audio)
        self._next += len(audio)

    def seal(self, audio: bytes, sign: Sign) -> tuple[bytes, bytes]:
        """Before and Signature of the next stretch's SEAL."""
        before = self._before
        self.pass_over(audio)
        return before, sign(sealed(self._start, self._before))
