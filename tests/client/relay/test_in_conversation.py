# SPDX-License-Identifier: GPL-3.0-or-later
"""A node inside of the client's conversation with the server."""

import pytest

from client import player_events
from client.effects import Line, Silence
from client.relay.effects import CloseParent, DialParent, RelayEffect, RelayOutbox, SendParent
from client.relay.node import FAREWELL, Node
from client.relay.options import RelayOptions
from client.reports import Refused
from client.requests import Quit, StopSong
from client.tuning.feeding import Listening
from client.tuning.reports import RelayStatus
from common.constants import JOIN_LIFETIME
from control.events import Closed
from control.message import Message
from control.music_messages import Stop
from control.relay_messages import Accuse, Parent, Parents, Relay, Relaying, Report
from control.session_messages import Reopen
from control.station_messages import Tune
from data.station import ticket
from data.station_frames import Branch, Join
from tests.client.tuning.studio import SETTINGS, STATION_ID, RadioBook, Studio

TIME = 1_700_000_000
CHILD, PARENT = 90, 70


class RelayBook(RadioBook):
    """A client with `--relay`, which listens at port 5999."""

    def __init__(self) -> None:
        self.outbox = RelayOutbox()
        self.node: Node | None = None
        super().__init__(SETTINGS, make_feed=self._make_node)
        self.studio = Studio()
        self.connect()

    def _make_node(self, listening: Listening) -> Node:
        self.node = Node(
            self.outbox,
            listening,
            options=RelayOptions(5999),
            secret=lambda size: b"k" * size,
            now=0.0,
        )
        self.node.listens(5999)
        return self.node

    @property
    def relay(self) -> Node:
        assert self.node is not None
        return self.node

    def done(self) -> list[RelayEffect]:
        """What is wanted of the connections to parents."""
        return self.outbox.take()

    def is_relay(self) -> None:
        """The server has looked, and takes it."""
        request = self.answerable(Relay)
        self.control.answer(request.number, Relaying(3, TIME))
        self.deliver()
        self.skip()

    def has_child(self) -> None:
        """One has joined."""

        def joins(now: float) -> None:
            expires = TIME + JOIN_LIFETIME
            shown = ticket.make(b"k" * 32, STATION_ID, node=CHILD, expires=expires)
            children = self.relay.children
            assert children.accepted(1, "192.0.2.9", now=now) == []
            join = Join(CHILD, 1, 0, STATION_ID, expires, shown)
            children.received(1, join.encode(), now=now)

        self.hear(lambda now: self.client.among_listeners(joins, now=now))
        assert self.relay.children.count == 1

    def child_goes(self) -> None:
        """And has found somebody else."""

        def goes(now: float) -> None:
            self.relay.children.received(1, b"", now=now)

        self.hear(lambda now: self.client.among_listeners(goes, now=now))

    def is_named_a_parent(self) -> None:
        """The server names one, which answers."""
        named = Parent(PARENT, 6000, TIME + JOIN_LIFETIME, bytes(32), "192.0.2.7")
        self.control.notify(Parents(self.stream_number, (named,)))
        self.deliver()
        assert self.done() == [DialParent(1, "192.0.2.7", 6000)]
        self.hear(lambda now: self.client.among_listeners(self._connects, now=now))
        (joined,) = self.done()
        assert isinstance(joined, SendParent)
        assert self.cursor is not None
        branch = Branch(self.session, self.stream_number, self.cursor.next, (PARENT,))
        self.cursor = self.studio.ring.begin(self.cursor.next)
        self.from_parent(branch.encode())

    def _connects(self, now: float) -> None:
        self.relay.feeding.connected(1, now=now)

    def from_parent(self, data: bytes) -> None:
        """Bytes come on that connection."""

        def comes(now: float) -> None:
            self.relay.feeding.received(1, data, now=now)

        self.hear(lambda now: self.client.among_listeners(comes, now=now))

    def parent_airs(self) -> None:
        """A stretch comes from there."""
        assert self.cursor is not None
        frames = self.cursor.next_frames(self.session, self.stream_number, 1)
        self.from_parent(b"".join(out.header + out.payload for out in frames))


@pytest.fixture
def book() -> RelayBook:
    made = RelayBook()
    made.tune()
    (tune,) = made.sent(Tune)
    assert isinstance(tune, Tune)
    assert tune.relayed
    made.tuned()
    made.air(3)
    assert made.sent(Relay) == [Relay(5999, 3, 0, b"k" * 32)]
    made.is_relay()
    return made


def messages(book: RelayBook) -> list[Message]:
    return [event for event in book.happened() if isinstance(event, Message)]


class TestQuit:
    """The user leaves a relay."""

    def test_without_children_at_once(self, book: RelayBook) -> None:
        book.ask(Quit(5))
        assert book.client.ended

    def test_with_one_it_is_silent_and_waits_until_that_has_gone(self, book: RelayBook) -> None:
        book.has_child()
        book.ask(Quit(5))
        happened = book.happened()
        assert happened.count(Silence()) == 1
        assert Relay() in happened
        assert not book.client.ended
        book.air()  # goes on to the child
        assert not [event for event in book.happened() if isinstance(event, Closed)]
        book.child_goes()
        assert any(isinstance(event, Stop) for event in book.happened())
        assert book.client.ended

    def test_and_what_the_child_hears_meanwhile_is_not_told(self, book: RelayBook) -> None:
        book.has_child()
        book.player(player_events.Started(book.number, book.now))
        book.now += 3
        book.ask(Quit(5))
        book.now += 2
        book.skip()
        book.child_goes()
        (closed,) = [event for event in book.happened() if isinstance(event, Closed)]
        assert closed.heard is not None
        assert closed.heard.seconds == 3

    def test_and_not_for_ever(self, book: RelayBook) -> None:
        book.has_child()
        book.ask(Quit(5))
        book.passes(FAREWELL - 0.1)
        assert not book.client.ended
        book.passes(0.2)
        assert book.client.ended

    def test_meanwhile_nothing_is_done_for_the_user(self, book: RelayBook) -> None:
        book.has_child()
        book.ask(Quit(5))
        book.ask(StopSong(6))
        assert [refused.tag for refused in book.reports(Refused)] == [6]
        book.ask(Quit(7))
        assert not book.client.ended


class TestParent:
    """Another listener feeds."""

    def test_what_it_sends_is_heard_and_the_server_told(self, book: RelayBook) -> None:
        book.is_named_a_parent()
        (report,) = book.sent(Report)
        assert isinstance(report, Report)
        assert report.node == PARENT
        received = book.client.snapshot(now=book.now).status.received
        book.parent_airs()
        status = book.client.snapshot(now=book.now).status
        assert status.received > received
        assert status.station is not None
        assert (status.station.feeder, status.station.relay) == (PARENT, RelayStatus(depth=1))

    def test_a_forgery_is_told_and_nothing_of_it_heard(self, book: RelayBook) -> None:
        book.is_named_a_parent()
        book.skip()
        assert book.cursor is not None
        at = book.cursor.next
        *frames, (header, sealed) = book.cursor.next_frames(book.session, book.stream_number, 1)
        received = book.client.snapshot(now=book.now).status.received
        whole = b"".join(out.header + out.payload for out in frames)
        book.from_parent(whole + header + sealed[:-1] + bytes([sealed[-1] ^ 1]))
        assert book.sent(Accuse) == [Accuse(book.stream_number, PARENT, at)]
        assert book.client.snapshot(now=book.now).status.received == received
        assert book.done() == [CloseParent(1)]

    def test_the_data_connection_is_not_needed_meanwhile(self, book: RelayBook) -> None:
        book.is_named_a_parent()
        book.skip()
        book.lose(Line.DATA)
        book.passes(1.0)
        said = messages(book)
        assert any(isinstance(message, Reopen) for message in said)
        assert not any(isinstance(message, Tune) for message in said)
        book.parent_airs()
        assert book.relay.feeder == PARENT

    def test_without_one_it_is_tuned_anew_and_the_children_stay(self, book: RelayBook) -> None:
        book.has_child()
        book.skip()
        book.lose(Line.DATA)
        book.passes(1.0)
        book.port()
        book.accept(Line.DATA)
        book.attached()
        assert len([message for message in messages(book) if isinstance(message, Tune)]) == 1
        assert book.relay.children.count == 1

    def test_when_it_is_lost_the_server_is_asked_for_the_rest(self, book: RelayBook) -> None:
        book.is_named_a_parent()
        book.parent_airs()
        book.skip()
        book.from_parent(b"")
        (report,) = book.sent(Report)
        assert isinstance(report, Report)
        assert book.cursor is not None
        assert (report.node, report.offset) == (0, book.cursor.next)
        assert book.done() == [CloseParent(1)]
        book.cursor = book.studio.ring.begin(book.cursor.next)
        received = book.client.snapshot(now=book.now).status.received
        book.air()
        assert book.client.snapshot(now=book.now).status.received > received

    def test_who_stops_listening_leaves_it(self, book: RelayBook) -> None:
        book.is_named_a_parent()
        book.ask(StopSong(5))
        assert book.done() == [CloseParent(1)]
        assert Relay() in book.sent(Relay)
