# SPDX-License-Identifier: GPL-3.0-or-later
"""A server and some listeners in one process, without sockets, on a clock that the test moves."""

from dataclasses import dataclass, field

from client.relay.child import Doctor, honest
from client.relay.effects import CloseParent, DialParent, RelayOutbox, SendParent, Warn
from client.relay.node import Node
from client.relay.options import RelayOptions
from common.errors import ErrorCode
from control.relay_messages import Accuse, Parent, Parents, Relay, Relaying, Report
from control.session_messages import Error
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

EACH = 0.5  # seconds of a stretch
STEP = 0.1  # seconds
EPOCH = 1_700_000_000  # the server's clock when ours is 0


class Member:
    """A listener with its node. Frozen, it does nothing; dead, its connections are closed."""

    def __init__(
        self, village: "Village", number: int, options: RelayOptions, doctor: Doctor
    ) -> None:
        self.village = village
        self.number = number
        self.listener = Listener(on_stretch=self._passed)
        self.outbox = RelayOutbox()
        self.node = Node(
            self.outbox,
            self.listener,
            options=options,
            secret=lambda size: bytes([number]) * size,
            now=village.now,
            doctor=doctor,
        )
        self.is_frozen = False
        self.is_dead = False
        self.notices: list[str] = []
        self.up: dict[int, tuple[Member, int]] = {}  # link -> parent, its child
        self.down: dict[int, tuple[Member, int]] = {}  # child -> who, its link
        self.children = 0
        self.from_server = 0  # bytes of sound

    @property
    def heard(self) -> list[int]:
        return self.listener.heard

    def tunes(self, *, placed: bool = False) -> None:
        at = self.listener.receiver.next
        self.listener.receiver.tuned(at)
        tuned = Tuned(1, at, 0, STATION_ID, bytes(32), placed)
        self.node.tuned(tuned, self.number, self.village.now)
        self.from_server = 0
        if not placed:
            self.village.feeds[self.number] = at

    def _passed(self, sound: Sound) -> None:
        self.node.passed(sound, EACH, self.village.now)

    def works(self) -> None:
        """Carries out what is to be done, and feeds its children."""
        now = self.village.now
        due = self.node.deadline()
        if due is not None and now >= due:
            self.node.tick(now)
        for effect in self.outbox.take():
            match effect:
                case DialParent(number, _, port):
                    self._dials(number, self.village.members.get(port))
                case SendParent(number, data):
                    other, child = self.up[number]
                    other.node.children.received(child, data, now=now)
                case CloseParent(number):
                    self._hangs_up(number)
                case Warn(text):
                    self.notices.append(text)
        for child, (other, number) in list(self.down.items()):
            while not other.is_frozen and (data := self.node.children.take(child, now=now)):
                other.node.feeding.received(number, data, now=now)
            if self.node.children.is_over(child) and child in self.down:
                del self.down[child]
                self.node.children.gone(child)
                other.node.feeding.received(number, b"", now=now)

    def dies(self) -> None:
        """As by SIGKILL."""
        self.is_dead = True
        self.village.feeds.pop(self.number, None)
        for other, number in self.down.values():
            other.node.feeding.received(number, b"", now=self.village.now)
        for number in list(self.up):
            self._hangs_up(number)
        self.down.clear()

    def _dials(self, number: int, other: "Member | None") -> None:
        now = self.village.now
        if other is None or other.is_dead:
            self.node.feeding.lost(number, now=now)
        elif not other.is_frozen:
            other.children += 1
            self.up[number] = other, other.children
            other.down[other.children] = self, number
            other.node.children.accepted(other.children, "192.0.2.1", now=now)
            self.node.feeding.connected(number, now=now)

    def _hangs_up(self, number: int) -> None:
        if number in self.up:
            other, child = self.up.pop(number)
            if other.down.pop(child, None) is not None and not other.is_dead:
                other.node.children.received(child, b"", now=self.village.now)
                other.node.children.gone(child)


@dataclass
class Village:
    """The server, which obeys REPORT and answers RELAY, and everybody who listens."""

    now: float = 0.0
    members: dict[int, Member] = field(default_factory=dict)
    feeds: dict[int, int] = field(default_factory=dict)  # node -> next offset
    keys: dict[int, bytes] = field(default_factory=dict)  # of relays
    accused: list[tuple[int, int]] = field(default_factory=list)  # by whom, whom
    feeders: dict[int, int] = field(default_factory=dict)  # node -> its parent
    refuses: ErrorCode | None = None

    @property
    def edge(self) -> int:
        """The live edge; the station begins at START, six seconds ago."""
        return START + (12 + int(self.now / EACH + 1e-6)) * STRETCH

    def joined_by(
        self,
        number: int,
        *parents: int,
        children: int = 3,
        rate: int = 0,
        doctor: Doctor = honest,
    ) -> Member:
        """One who tunes in, offers itself, and is placed under these parents, if any."""
        member = Member(self, number, RelayOptions(number, children, rate), doctor)
        self.members[number] = member
        self.feeders[number] = 0
        member.node.listens(number)
        member.tunes(placed=bool(parents))
        if parents:
            self.places(number, *parents)
        self.passes(1.0)
        return member

    def places(self, number: int, *parents: int) -> None:
        """PARENTS, with tickets."""
        expires = EPOCH + int(self.now) + 60
        named = [
            Parent(
                node,
                node,
                expires,
                ticket.make(self.keys[node], STATION_ID, node=number, expires=expires),
                "192.0.2.1",
            )
            for node in parents
        ]
        self.members[number].node.parents(Parents(1, tuple(named)), self.now)

    def passes(self, seconds: float) -> None:
        """Time, in small steps."""
        for _ in range(round(seconds / STEP)):
            self.now += STEP
            self._sends()
            for _ in range(3):  # down the tree
                for member in list(self.members.values()):
                    if not (member.is_dead or member.is_frozen):
                        member.works()
                        self._hears(member)

    def _sends(self) -> None:
        for number, offset in list(self.feeds.items()):
            member = self.members[number]
            at = offset
            while at < self.edge and number in self.feeds:
                for frame in stretch_frames(at) if member.from_server else from_server(at):
                    member.node.from_server(frame, self.now)
                member.from_server += STRETCH
                at += STRETCH
            if number in self.feeds:
                self.feeds[number] = at

    def _hears(self, member: Member) -> None:
        told, member.listener.told = member.listener.told, []
        for message in told:
            match message:
                case Report(_, 0, offset):
                    self.feeders[member.number] = 0
                    if member.number not in self.feeds:
                        self.feeds[member.number] = offset
                        member.node.from_server(from_server()[0], self.now)
                case Report(_, node):
                    self.feeders[member.number] = node
                    self.feeds.pop(member.number, None)
                case Accuse(_, node, _):
                    self.accused.append((member.number, node))
        asked, member.listener.asked = member.listener.asked, []
        for relay in asked:
            self._answers(member, relay)

    def _answers(self, member: Member, relay: Relay) -> None:
        answer: Relaying | Error = Relaying(relay.children, EPOCH + int(self.now))
        if self.refuses is not None:
            answer = Error(self.refuses, "no")
        elif relay.port:
            self.keys[member.number] = relay.key
        member.node.answered(relay, answer, self.now)
