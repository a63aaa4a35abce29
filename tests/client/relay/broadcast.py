# SPDX-License-Identifier: GPL-3.0-or-later
"""A station's stream for tests, sealed in earnest, and a listener that takes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from client.relay.effects import CloseParent, DialParent, RelayEffect, SendParent, Warn
from client.tuning.feeding import Frame, Standing
from common.ed25519 import signer, verifier
from common.fields import malformed
from control.relay_messages import Accuse, Parent, Relay, Report
from data.frames import Data
from data.station.listener import Forged, Sound, StationReceiver
from data.station.seals import link, sealed, song_start
from data.station_frames import Branch, Seal, Song, SongFrame

STATION_ID: Final = b"i" * 16
SESSION, STREAM = 77, 3
STRETCH: Final = 100  # bytes
COUNT: Final = 300  # stretches
SONG: Final = Song(1, COUNT * STRETCH, 60_000, 44100, 2, False, 0, 0, bytes(32), "Title")
START: Final = 1000  # where the listener begins

_SIGNER: Final = signer(bytes(32))
_VERIFY: Final = verifier(_SIGNER.public_key)


def audio(offset: int) -> bytes:
    """The stretch at this station offset."""
    return offset.to_bytes(4, "big") * (STRETCH // 4)


def _seals() -> list[tuple[bytes, bytes]]:
    before = start = song_start(STATION_ID, 0, SONG.payload())
    found = []
    for offset in range(0, COUNT * STRETCH, STRETCH):
        mine = link(before, offset, audio(offset))
        found.append((before, _SIGNER.sign(sealed(start, mine))))
        before = mine
    return found


_SEALS: Final = _seals()


def seal_of(offset: int) -> tuple[bytes, bytes]:
    """Before and Signature of the stretch there."""
    return _SEALS[offset // STRETCH]


def stretch_frames(offset: int) -> list[Frame]:
    """DATA and SEAL of the stretch at this station offset."""
    data = Data(SESSION, STREAM, offset, audio(offset), begins=True)
    return [data, Seal(SESSION, STREAM, offset + STRETCH, *seal_of(offset))]


def song_frame() -> SongFrame:
    """The SONG of them all."""
    return SongFrame(SESSION, STREAM, 0, SONG)


def stretch(offset: int) -> bytes:
    """DATA and SEAL, as they come."""
    data, seal = stretch_frames(offset)
    return data.encode() + seal.encode()


def forged(offset: int) -> bytes:
    """The same with other sound."""
    data = Data(SESSION, STREAM, offset, b"!" * STRETCH, begins=True)
    return data.encode() + Seal(SESSION, STREAM, offset + STRETCH, *seal_of(offset)).encode()


def begins(branch: tuple[int, ...], at: int, *offsets: int) -> bytes:
    """What a parent sends first: BRANCH, SONG, and stretches at these offsets."""
    words = Branch(SESSION, STREAM, at, branch).encode() + song_frame().encode()
    return words + b"".join(stretch(offset) for offset in offsets)


def parent(node: int, expires: int = 1000) -> Parent:
    """A parent as the server names it."""
    return Parent(node, 5000 + node, expires, bytes([node]) * 32, f"192.0.2.{node}")


@dataclass
class Listener:
    """Takes what its node hands on, with a real receiver."""

    on_stretch: Callable[[Sound], None] = lambda _: None

    def __post_init__(self) -> None:
        self.receiver = StationReceiver(STATION_ID, _VERIFY, START)
        self.heard: list[int] = []  # offsets of the stretches that passed
        self.told: list[Report | Accuse] = []
        self.asked: list[Relay] = []

    def deliver(self, node: int, frame: Frame) -> None:
        for event in self.receiver.receive(node, frame):
            if isinstance(event, Forged):
                raise malformed(event.text)
            if isinstance(event, Sound):
                self.heard.append(event.offset)
                self.on_stretch(event)

    def switch(self, node: int, offset: int) -> None:
        self.receiver.switch(node, offset)

    def standing(self) -> Standing:
        return Standing(self.receiver.next, 5000, 1_000_000)

    def notify(self, message: Report | Accuse) -> None:
        self.told.append(message)

    def request(self, message: Relay) -> None:
        self.asked.append(message)

    @property
    def nodes(self) -> list[int]:
        """Who feeds it, as the server was told."""
        return [told.node for told in self.told if isinstance(told, Report)]

    @property
    def accused(self) -> list[tuple[int, int]]:
        """Who was accused, at which offset."""
        return [(told.node, told.offset) for told in self.told if isinstance(told, Accuse)]


def from_server(*offsets: int) -> list[Frame]:
    """SONG and stretches."""
    return [song_frame(), *(frame for offset in offsets for frame in stretch_frames(offset))]


def brief(effects: list[RelayEffect]) -> list[str]:
    """Effects on connections to parents, in words."""
    words: list[str] = []
    for effect in effects:
        match effect:
            case DialParent(number, address, port):
                words.append(f"dial {number} {address} {port}")
            case SendParent(number, _):
                words.append(f"join {number}")
            case CloseParent(number):
                words.append(f"close {number}")
            case Warn(text):
                words.append(text)
    return words
