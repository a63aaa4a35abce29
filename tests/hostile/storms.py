# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks by how much is asked: sessions that never pause, and read what comes."""

import random
from dataclasses import dataclass, field
from typing import ClassVar

from common.constants import MAX_PAYLOAD, MAY_IGNORE
from control.framing import encode
from control.message import Message
from control.music_messages import Credit, List, Play, StartKind, Stop
from control.session_messages import Ping, Reopen
from data.frame_header import HEADER, FrameType
from tests.e2e.raw_client import Listener
from tests.hostile.peers import Attack, Sessions, Target, drain

MOST = 2**64 - 1
LETTERS = "abcdefghijklmnopqrstuvwxyz"  # in the names of most tracks, as in many a long title
SPEAKERS = 16
QUEUE = 64 * 1024  # bytes that wait to be said


@dataclass(slots=True)
class Voice:
    """One session's requests, which the server may keep waiting."""

    listener: Listener
    number: int = 1  # of the latest request; HELLO was the first
    out: bytearray = field(default_factory=bytearray)

    def speak(self) -> bool:
        """Say what the kernel takes and read what there is; False where the server has closed."""
        control, data = self.listener.control.sock, self.listener.data
        assert data is not None
        try:
            del self.out[: control.send(self.out)]
        except BlockingIOError:
            pass
        except OSError:
            return False
        drain(data)
        return drain(control)


class Storm(Sessions):
    """A few sessions that ask as fast as they can.

    Attributes:
        sessions: how many.
        piece: requests that each adds in a round.
    """

    sessions: ClassVar[int] = 8
    piece: ClassVar[int] = 25

    def __init__(self, target: Target) -> None:
        """The sessions come one after the other."""
        super().__init__(target)
        self._voices: list[Voice] = []

    def request(self, voice: Voice, rng: random.Random) -> Message:
        """The next thing to say; `voice.number` is its number."""
        raise NotImplementedError

    def press(self) -> None:
        """Everybody says some more."""
        if len(self._voices) < self.sessions:
            listener = self.join()
            listener.control.sock.setblocking(False)
            assert listener.data is not None
            listener.data.setblocking(False)
            self._voices.append(Voice(listener))
        for voice in self._voices:
            if len(voice.out) < QUEUE:
                for _ in range(self.piece):
                    voice.number += 1
                    voice.out += encode(voice.number, self.request(voice, self.target.rng))
                self.deeds += self.piece
            assert voice.speak(), "who asks much is made to wait, and not thrown out"


class PlayStorm(Storm):
    """PLAY after PLAY, of any track from anywhere, as far as thousands a second."""

    def request(self, voice: Voice, rng: random.Random) -> Message:
        kind = rng.choice(list(StartKind))
        start = rng.choice((0, rng.randrange(self.target.total), MOST))
        track = rng.randrange(self.target.tracks + 2)
        return Play(track, voice.number, kind, start, rng.choice((0, 417, 65536, 2**32 - 1)))


class StopAndPlay(Storm):
    """PLAY and STOP, in turns."""

    def request(self, voice: Voice, rng: random.Random) -> Message:
        if voice.number % 2:
            return Stop(rng.choice((0, voice.number - 1, 2**32 - 1)))
        return Play(1, voice.number, StartKind.TIME, 0, 65536)


class Credits(Storm):
    """CREDIT that goes back, that is beyond everything, and that is for other streams."""

    def request(self, voice: Voice, rng: random.Random) -> Message:
        if voice.number == 2:
            return Play(1, 1, StartKind.OFFSET, 0, 2**32 - 1)
        if voice.number % 50 == 0:
            return Play(1, voice.number, StartKind.OFFSET, self.target.total - 1, 0)
        limit = rng.choice((0, 1, rng.randrange(self.target.total), MOST - 1, MOST))
        return Credit(rng.choice((0, 1, voice.number // 50 * 50, 2**32 - 1)), limit)


class CostlyLists(Storm):
    """LIST with queries that match most tracks in every word, and hardly two of them alike."""

    sessions = 24
    piece = 10

    def request(self, voice: Voice, rng: random.Random) -> Message:
        return List(0, 0xFFFF, " ".join(rng.sample(LETTERS, len(LETTERS) - 3) * 5))


class Pings(Storm):
    """PING upon PING."""

    piece = 200

    def request(self, voice: Voice, rng: random.Random) -> Message:
        return Ping(rng.randrange(MOST))


class Reopens(Storm):
    """REOPEN upon REOPEN, and a ticket that is never used."""

    piece = 200

    def request(self, voice: Voice, rng: random.Random) -> Message:
        return Reopen()


class ReopensAndAttaches(Sessions):
    """REOPEN, and ATTACH each time: one data connection after the other, of a song that plays."""

    def press(self) -> None:
        """Everybody gets another data connection."""
        if len(self.listeners) < 4:
            self.join()
        for listener in self.listeners:
            listener.reopen()
            listener.play(1, window=2**32 - 1)
            self.deeds += 1


class SpeaksOnData(Sessions):
    """Frames that may be ignored, on a data connection, without an end."""

    FRAME: ClassVar = HEADER.pack(MAX_PAYLOAD, FrameType.DATA | MAY_IGNORE, 0, 0, 0) + bytes(
        MAX_PAYLOAD
    )

    def __init__(self, target: Target) -> None:
        """Nobody has come yet."""
        super().__init__(target)
        self._left: dict[Listener, bytes] = {}  # of the frame that each is saying

    def press(self) -> None:
        """Everybody says some more; whom the server has left, for want of a PING, is replaced."""
        if len(self.listeners) < SPEAKERS:
            listener = self.join()
            assert listener.data is not None
            listener.data.setblocking(False)
        for listener in list(self.listeners):
            assert listener.data is not None
            left = self._left.get(listener) or self.FRAME
            try:
                self._left[listener] = left[listener.data.send(left) :]
                self.deeds += 1
            except BlockingIOError:
                pass
            except ConnectionError:
                self.listeners.remove(listener)
                listener.close()


STORMS: tuple[type[Attack], ...] = (
    PlayStorm,
    StopAndPlay,
    Credits,
    CostlyLists,
    Pings,
    Reopens,
    ReopensAndAttaches,
    SpeaksOnData,
)
