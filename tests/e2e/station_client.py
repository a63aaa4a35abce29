# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener of a station that takes nobody's word: every formula of RFC.md, "Seals", once more."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from control.message import Message
from control.queue_messages import Now, OnAir, Queue, Skip
from control.session_messages import Error
from control.station_messages import NO_STATION_ID, Browse, Enqueue, Tune, Tuned
from data.connection import ClientEvent
from data.frames import Data, Fail
from data.station_frames import Seal, Song, SongFrame
from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Address


class Stretch(NamedTuple):
    """A stretch as it came."""

    song: bytes  # the payload of its SONG
    song_offset: int  # the station offset at which that begins
    offset: int  # and at which the stretch does
    audio: bytes
    before: bytes
    signature: bytes


@dataclass
class Heard:
    """What has come of one song.

    Attributes:
        offset: the station offset at which it begins.
        begins: the station offset of the first of its bytes that came.
        audio: these bytes, without a gap.
    """

    song: Song
    offset: int
    begins: int
    audio: bytearray = field(default_factory=bytearray)
    stretches: list[int] = field(default_factory=list[int])  # how long each is


class Ear(Listener):
    """Checks each stretch as it comes."""

    def __init__(self, address: Address) -> None:
        """A session that is tuned in to nothing."""
        super().__init__(address)
        self.tuned: Tuned | None = None
        self.songs: list[Heard] = []
        self.failed: Fail | None = None
        self._next = 0
        self._start = b""
        self._link: bytes | None = None
        self._expected: bytes | None = None
        self._is_fresh = True
        self._pieces = bytearray()

    @property
    def next(self) -> int:
        """The first station offset that it does not have."""
        return self._next

    @property
    def link(self) -> bytes:
        """Of the stretch that came last."""
        assert self._link is not None
        return self._link

    def expect(self, link: bytes) -> None:
        """The next stretch follows the one with this link, which came from elsewhere."""
        self._expected = link

    def tune(self, station: str, *, offset: int = 0, station_id: bytes = NO_STATION_ID) -> Tuned:
        """Tune in; AssertionError where the server refuses."""
        self.stream += 1
        answer = self.control.ask(Tune(self.stream, station, offset, station_id))
        assert isinstance(answer, Tuned), answer
        self.tuned, self.failed = answer, None
        self._next, self._link, self._is_fresh = answer.offset, None, True
        self._pieces.clear()
        return answer

    def ask(self, message: Browse | Enqueue | Now | Queue | Skip) -> Message:
        """Ask something of a station; the answer, which is no ERROR."""
        answer = self.control.ask(message)
        assert not isinstance(answer, Error), answer
        return answer

    def now(self, station: str) -> OnAir:
        """What is on the air."""
        answer = self.ask(Now(station))
        assert isinstance(answer, OnAir)
        return answer

    def hear(self, *, stretches: int) -> Self:
        """Take in so many more stretches."""
        for _ in range(stretches):
            while self._stretch(self._next_event()) is None:
                if self.failed is not None:
                    return self
        return self

    def hear_song(self, number: int) -> Heard:
        """Listen until this song has begun; what came of the one before."""
        while not self.songs or self.songs[-1].song.number < number:
            self.hear(stretches=1)
        return self.songs[-2]

    def _stretch(self, event: ClientEvent) -> Stretch | None:
        """The stretch that this completes, every rule of which is checked."""
        assert self.tuned is not None
        if isinstance(event, Data | SongFrame | Seal | Fail) and event.stream < self.stream:
            return None
        match event:
            case SongFrame(offset=offset, song=song):
                fits = offset <= self._next if self._is_fresh else offset == self._next
                assert fits, (offset, self._next)
                assert not self._pieces
                self._is_fresh = False
                payload = song.payload()
                parts = b"antiphon song 1", self.tuned.station_id, offset.to_bytes(8), payload
                self._start = sha256(b"".join(parts)).digest()
                self._link = self._start if offset == self._next else None
                self.songs.append(Heard(song, offset, self._next))
            case Data(offset=offset, audio=audio):
                assert offset == self._next + len(self._pieces)
                self._pieces += audio
            case Seal(offset=offset, before=before, signature=signature):
                audio = bytes(self._pieces)
                assert audio
                assert offset == self._next + len(audio)
                assert self._link in {None, before}
                assert (
                    self._expected in {None, before} or offset - len(audio) == self.songs[-1].offset
                )
                self._expected = None
                self._link = sha256(before + self._next.to_bytes(8) + audio).digest()
                key = Ed25519PublicKey.from_public_bytes(self.tuned.key)
                key.verify(signature, b"antiphon seal 1" + self._start + self._link)
                heard = self.songs[-1]
                heard.audio += audio
                heard.stretches.append(len(audio))
                assert offset <= heard.offset + heard.song.total
                begin, self._next = self._next, offset
                self._pieces.clear()
                return Stretch(heard.song.payload(), heard.offset, begin, audio, before, signature)
            case Fail():
                self.failed = event
            case _:
                raise AssertionError(event)
        return None
