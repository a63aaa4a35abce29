# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners that feed each other over loopback, in one hub."""

from collections.abc import Callable, Iterator
from functools import partial

import gevent
import pytest

from client.clock import clock
from client.link import reading_room
from client.relay.household import Household
from client.relay.node import Node
from client.relay.options import RelayOptions
from client.tuning.feeding import Listening
from control.relay_messages import Parent, Parents, Relaying
from control.station_messages import Tuned
from data.station import ticket
from data.station.listener import Sound
from tests.client.relay.broadcast import (
    START,
    STATION_ID,
    STRETCH,
    Listener,
    from_server,
    stretch_frames,
)

PATIENCE = 20.0  # seconds; a net under a hang


class Member:
    """A listener with sockets, which takes the server's part in its conversation."""

    def __init__(self, number: int, options: RelayOptions) -> None:
        self.number = number
        self.listener = Listener(on_stretch=self._passed)
        self.notices: list[str] = []
        self.household = Household(options)
        self.node = self.household.make_node(self.listener)
        self.household.open(self.act, room=reading_room())
        self._has_song = False
        tuned = Tuned(1, START, 0, STATION_ID, bytes(32))
        self.act(lambda now: self.node.tuned(tuned, number, now))

    def act(self, step: Callable[[float], None]) -> None:
        now = clock()
        step(now)
        self.household.work(self.notices.append, now=now)

    def gets(self, *offsets: int) -> None:
        """From the server."""
        for offset in offsets:
            frames = stretch_frames(offset) if self._has_song else from_server(offset)
            for frame in frames:
                self.act(partial(self.node.from_server, frame))
        for relay in self.listener.asked:
            self.act(partial(self.node.answered, relay, Relaying(relay.children, 1000)))

    def is_named(self, *parents: "Member") -> None:
        self.act(lambda now: self.node.parents(Parents(1, tuple(map(self._parent, parents))), now))

    def _parent(self, parent: "Member") -> Parent:
        relay = parent.listener.asked[-1]
        shown = ticket.make(relay.key, STATION_ID, node=self.number, expires=2000)
        return Parent(parent.number, relay.port, 2000, shown, "127.0.0.1")

    def _passed(self, sound: Sound) -> None:
        self._has_song = True
        self.node.passed(sound, 0.5, clock())

    @property
    def heard(self) -> list[int]:
        return self.listener.heard


Make = Callable[..., Member]


@pytest.fixture
def make() -> Iterator[Make]:
    members: list[Member] = []

    def one(port: int | None = 0) -> Member:
        members.append(Member(len(members) + 1, RelayOptions(port)))
        return members[-1]

    yield one
    for member in members:
        member.household.close()


def until(holds: Callable[[], bool]) -> None:
    with gevent.Timeout(PATIENCE):
        while not holds():
            gevent.sleep(0.001)


def offsets(count: int) -> list[int]:
    return list(range(START, START + count * STRETCH, STRETCH))


def chain(make: Make) -> tuple[Member, Member, Member]:
    first = make()
    first.gets(*offsets(4))
    second = make()
    second.is_named(first)
    until(lambda: len(second.heard) == 4)
    second.gets()  # the server's answer
    third = make()
    third.is_named(second, first)
    until(lambda: len(third.heard) == 4)
    return first, second, third


def test_a_stretch_goes_down_a_chain(make: Make) -> None:
    first, second, third = chain(make)
    first.gets(START + 4 * STRETCH)
    until(lambda: len(third.heard) == 5)
    assert third.heard == second.heard == offsets(5)
    assert third.node.feeding.nodes == (1, 2)
    assert second.node.status(clock()).children == 1


def test_the_middle_one_is_gone_and_nothing_is_missing(make: Make) -> None:
    first, second, third = chain(make)
    second.household.close()
    until(lambda: third.node.feeder == 1)
    first.gets(START + 4 * STRETCH)
    until(lambda: len(third.heard) == 5)
    assert third.heard == offsets(5)
    assert third.node.feeding.nodes == (1,)


def test_everybody_above_is_gone_and_the_server_is_asked(make: Make) -> None:
    first, second, third = chain(make)
    first.household.close()
    second.household.close()
    until(lambda: third.listener.nodes[-1] == 0)


def test_one_that_takes_leave_is_left_for_the_next(make: Make) -> None:
    _, second, third = chain(make)
    second.act(second.node.untuned)
    until(lambda: third.node.feeder == 1)


def test_a_parent_that_cannot_be_reached_gives_way(make: Make) -> None:
    first, second, third = make(), make(), make()
    first.gets(*offsets(2))
    second.gets(*offsets(2))
    second.household.close()
    third.is_named(second, first)
    until(lambda: third.node.feeder == 1)
    assert third.heard == offsets(2)


def test_a_port_that_is_taken_is_told_and_others_may_still_feed(make: Make) -> None:
    first = make()
    first.gets(*offsets(2))
    taken = first.listener.asked[-1].port
    second = make(taken)
    assert len(second.notices) == 1
    assert f"port {taken}" in second.notices[0]
    second.is_named(first)
    until(lambda: second.node.feeder == 1)
    assert second.listener.asked == []


def test_who_feeds_nobody_has_no_door(make: Make) -> None:
    first, second = make(), make(None)
    first.gets(*offsets(2))
    second.is_named(first)
    until(lambda: len(second.heard) == 2)
    assert second.listener.asked == []
    assert second.notices == []


def test_before_there_is_a_node_nothing_is_done() -> None:
    household = Household(RelayOptions())
    household.open(lambda _: None, room=reading_room())
    household.work(lambda _: None, now=0.0)
    household.close()


def test_the_node_fits_what_it_is_made_for() -> None:
    def make_feed(listening: Listening) -> Node:
        return Household(RelayOptions()).make_node(listening)

    assert make_feed(Listener()).is_willing
