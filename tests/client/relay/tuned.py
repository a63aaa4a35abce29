# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener that is tuned in and may be fed, without sockets."""

from client.relay.effects import RelayOutbox, SendParent
from client.relay.feeding import Feeding
from control.relay_messages import Parent, Parents
from data.frames import Deframer
from data.station_frames import Join
from tests.client.relay.broadcast import (
    SESSION,
    STATION_ID,
    STREAM,
    Listener,
    begins,
    brief,
    from_server,
    parent,
)


class Tuned:
    """A listener that is tuned in, and its connections."""

    def __init__(self, *, placed: bool = False, time: float | None = None) -> None:
        self.outbox = RelayOutbox()
        self.now = 0.0
        self.turns = 0
        self.listening = Listener(on_stretch=lambda _: self.feeding.advanced(now=self.now))
        self.feeding = Feeding(
            self.outbox,
            self.listening,
            server_time=lambda now: None if time is None else time + now,
            on_turn=self._turned,
        )
        self.feeding.tuned(
            STREAM, session=SESSION, station_id=STATION_ID, placed=placed, now=self.now
        )

    def _turned(self) -> None:
        self.turns += 1

    def done(self) -> list[str]:
        return brief(self.outbox.take())

    def named(self, *parents: Parent) -> list[str]:
        self.feeding.parents(Parents(STREAM, parents), now=self.now)
        return self.done()

    def joins(self, link: int) -> Join:
        self.feeding.connected(link, now=self.now)
        (effect,) = self.outbox.take()
        assert brief([effect]) == [f"join {link}"]
        assert isinstance(effect, SendParent)
        (join,) = Deframer().feed(effect.data)
        assert isinstance(join, Join)
        return join

    def gets(self, link: int, data: bytes) -> list[str]:
        self.feeding.received(link, data, now=self.now)
        return self.done()

    def loses(self, link: int) -> list[str]:
        self.feeding.lost(link, now=self.now)
        return self.done()

    def waits(self, seconds: float) -> list[str]:
        """Lets time pass up to each deadline on the way."""
        until = self.now + seconds
        done: list[str] = []
        while (deadline := self.feeding.deadline()) is not None and deadline <= until:
            self.now = deadline
            self.feeding.tick(now=self.now)
            done += self.done()
        self.now = until
        return done

    def is_fed_by(self, node: int, link: int = 1, *nodes: int) -> None:
        """From a new connection to this parent on."""
        self.joins(link)
        self.gets(link, begins((*nodes, node), self.listening.receiver.next))
        assert self.feeding.feeder == node


def fed(*others: int) -> Tuned:
    """A listener fed by node 7 on its first link, with `others` named behind it."""
    listener = Tuned()
    listener.named(parent(7), *(parent(node) for node in others))
    listener.is_fed_by(7)
    listener.listening.told.clear()
    return listener


def server_sends(listener: Tuned, *offsets: int) -> None:
    for frame in from_server(*offsets):
        listener.feeding.from_server(frame)
