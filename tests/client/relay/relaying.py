# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay that hears a station and is asked for it."""

from collections.abc import Iterator

from client.relay.allowance import Allowance
from client.relay.children import Children
from client.relay.offering import Offering
from common.errors import ErrorCode
from control.relay_messages import Relaying
from data.frames import Data, Deframer, Fail, Frame
from data.station import ticket
from data.station.listener import Sound
from data.station.ring import Out
from data.station_frames import Join
from tests.client.relay.broadcast import SONG, STATION_ID, Listener

KEY = b"k" * 32
NODE = 50  # the relay
TIME = 1_700_000_000  # the server's, when ours is 0
EXPIRES = TIME + 60
EACH = 0.5  # seconds of a stretch


class Relay:
    """A relay that is offered, with so many children and bytes per second."""

    def __init__(
        self, children: int = 3, rate: int = 0, *, size: int = 1000, offered: bool = True
    ) -> None:
        self.listening = Listener()
        self.secrets = 0
        self.offering = Offering(
            self.listening,
            children=children,
            rate=rate,
            secret=self._secret,
            tell=lambda _: None,
        )
        self.offering.listens(5999)
        self.offering.tuned()
        self.offering.ready(now=0.0)
        if offered:
            self.offering.answered(self.listening.asked[0], Relaying(children, TIME), now=0.0)
        self.children = Children(self.offering, Allowance(rate, now=0.0), self.treat)
        self.children.begin(STATION_ID, (NODE,))
        self.song_at = 0
        self.size = size
        self.now = 0.0
        self.edge = 0
        self.keys = 0
        self.spoils = False

    def _secret(self, _: int) -> bytes:
        self.secrets += 1
        return KEY if self.secrets == 1 else bytes([self.secrets]) * 32

    def treat(self, frames: list[Out]) -> list[Out]:
        return (
            [Out(out.header, b"?" * len(out.payload)) for out in frames] if self.spoils else frames
        )

    def hears(self, count: int = 1) -> None:
        """So many stretches pass, each when it is due."""
        for _ in range(count):
            self.now += EACH
            self.children.passed(self._sound(), EACH, now=self.now)
            self.edge += self.size

    def _sound(self) -> Sound:
        return Sound(
            offset=self.edge,
            audio=b"a" * self.size,
            song=SONG,
            song_offset=self.song_at,
            before=bytes(32),
            signature=bytes(64),
            primes=False,
        )

    def knocks(self, address: str = "192.0.2.1") -> int:
        self.keys += 1
        assert self.children.accepted(self.keys, address, now=self.now) == []
        return self.keys

    def joins(self, node: int, offset: int = 0, *, join: Join | None = None) -> int:
        key = self.knocks()
        self.children.received(key, (join or signed(node, offset)).encode(), now=self.now)
        return key

    def sends(self, key: int) -> list[Frame]:
        """Everything that is there for this child now."""
        frames = Deframer()
        return [frame for data in self.chunks(key) for frame in frames.feed(data)]

    def chunks(self, key: int) -> Iterator[bytes]:
        while data := self.children.take(key, now=self.now):
            yield data

    def offsets(self, key: int) -> list[int]:
        return [frame.offset for frame in self.sends(key) if isinstance(frame, Data)]

    def refusal(self, key: int) -> ErrorCode:
        """Why it was turned away."""
        (fail,) = self.sends(key)
        assert isinstance(fail, Fail)
        assert self.children.is_over(key)
        return ErrorCode(fail.code)


def signed(node: int, offset: int = 0, *, expires: int = EXPIRES, key: bytes = KEY) -> Join:
    shown = ticket.make(key, STATION_ID, node=node, expires=expires)
    return Join(node, 1, offset, STATION_ID, expires, shown)
