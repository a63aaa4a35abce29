# SPDX-License-Identifier: GPL-3.0-or-later
"""The children of a relay: who is admitted, and what each is sent next (RFC.md, "Joining").

Pull, not push: the shell asks for a child's next bytes when the kernel has taken those before, so
that nobody holds more for a child than one turn, and the ring bounds how far it may fall behind.
"""

from typing import Final

from client.relay.allowance import Allowance
from client.relay.child import Child, Doctor, honest
from client.relay.offering import Offering
from common.constants import JOIN_TIMEOUT, MAX_DEPTH, SPARE, START_BACK, STATION_ID_SIZE
from common.errors import ErrorCode, ProtocolError
from data.connection_end import Lost
from data.station import ticket
from data.station.listener import Sound
from data.station.passing import pass_on
from data.station.ring import Behind, Cursor, Ring
from data.station_frames import SERVER_NODE, Join

TURN: Final = 64 * 1024  # bytes for one child at a time
NEW: Final = 1.0  # seconds; what is no older than that goes out whatever the bucket holds
MOST_STRANGERS: Final = 32  # connections that have not joined
MOST_ALIKE: Final = 8  # of these, from one address


class Children:
    """Feeds children from the ring of what this listener has checked.

    Attributes:
        is_leaving: nobody is admitted any more.
    """

    def __init__(self, offering: Offering, allowance: Allowance, doctor: Doctor = honest) -> None:
        """`doctor` sees the sound on its way out; see `client.relay.child`."""
        self._offering = offering
        self._allowance = allowance
        self._doctor = doctor
        self._children: dict[int, Child] = {}
        self._station_id = bytes(STATION_ID_SIZE)
        self._ring: Ring | None = None
        self._branch: tuple[int, ...] = ()  # from the highest relay down to this one
        self._leave_at: float | None = None
        self.is_leaving = False

    @property
    def count(self) -> int:
        """How many children are fed."""
        return sum(child.is_fed for child in self._children.values())

    @property
    def has_sound(self) -> bool:
        """Whether there is something to pass on."""
        return self._ring is not None

    # -- the listener's side

    def begin(self, station_id: bytes, branch: tuple[int, ...]) -> None:
        """A stream of this station begins; nothing of it is there yet, and nobody is fed."""
        for child in self._children.values():
            child.leave(SERVER_NODE)
        self._station_id, self._branch = station_id, branch
        self._ring, self._leave_at, self.is_leaving = None, None, False

    def passed(self, sound: Sound, seconds: float, *, now: float) -> None:
        """A stretch has passed, which plays for so long."""
        if self._ring is None or self._ring.edge != sound.offset:
            # Behind a hole begins another ring; who reads the one before has fallen behind.
            self._ring = Ring(sound.offset)
            for child in self._children.values():
                if child.cursor is not None:
                    child.fail(ErrorCode.BEHIND, "a part of the station is missing here")
        pass_on(self._ring, sound, seconds)
        for child in self._children.values():
            # One to whom nothing can be sent does not notice it by itself.
            if child.cursor is not None and child.cursor.next < self._ring.oldest:
                child.fail(ErrorCode.BEHIND, "your link is slower than the station")
        if self._allowance.is_choked(now=now):
            self._shed()

    def turn(self, branch: tuple[int, ...]) -> None:
        """The nodes above have changed."""
        if branch == self._branch:
            return
        self._branch = branch
        for child in self._children.values():
            if child.cursor is not None and len(branch) <= MAX_DEPTH:
                child.turn(branch)
            elif child.cursor is not None:
                child.fail(ErrorCode.BUSY, "the tree is too deep here")

    def leave(self, *, at: float) -> None:
        """Admit nobody any more, and say farewell at that time, to those who are still there."""
        self.is_leaving, self._leave_at = True, at

    # -- the shell's side

    def accepted(self, child: int, address: str, *, now: float) -> list[int]:
        """A connection has come; returns those to close at once, which may be this one."""
        self._children[child] = Child(address, now)
        strangers = [key for key, one in self._children.items() if one.join is None]
        alike = [key for key in strangers if self._children[key].address == address]
        if not self._offering.is_open or self.is_leaving or len(alike) > MOST_ALIKE:
            closed = [child]
        else:
            # A child joins with its first packet, so the oldest is the least likely one.
            closed = strangers[: max(0, len(strangers) - MOST_STRANGERS)]
        for key in closed:
            del self._children[key]
        return closed

    def received(self, child: int, data: bytes, *, now: float) -> None:
        """Bytes have come from it; b"" is the end of what it says."""
        here = self._children.get(child)
        if here is None or here.is_over:
            return
        try:
            for event in here.connection.receive_data(data):
                if isinstance(event, Lost):
                    here.drop()
                else:
                    here.join = event
                    self._joins(here, event, now)
        except ProtocolError as broken:
            here.fail(broken.code, broken.text)

    def gone(self, child: int) -> None:
        """Its connection is closed."""
        self._children.pop(child, None)

    def is_over(self, child: int) -> bool:
        """Whether to close it when everything was sent."""
        here = self._children.get(child)
        return here is None or here.is_over

    def take(self, child: int, *, now: float) -> bytes:
        """What to send to it next, whole frames; b"" for nothing at the moment."""
        here = self._children.get(child)
        if here is None:
            return b""
        data = here.words() or self._sound(here, now)
        if data:
            self._allowance.spend(len(data), now=now)
        return data

    def deadline(self) -> float | None:
        """When to call `tick`, and to ask for everybody's bytes again, at the latest."""
        times = [one.since + JOIN_TIMEOUT for one in self._children.values() if one.join is None]
        if self._leave_at is not None and self.count:
            times.append(self._leave_at)
        waiting = any(one.cursor and not one.cursor.waiting for one in self._children.values())
        if waiting and self._allowance.hurry_at is not None:
            times.append(self._allowance.hurry_at)
        return min(times, default=None)

    def tick(self, *, parent: int, now: float) -> None:
        """Let time pass; `parent` feeds this listener."""
        for child in self._children.values():
            if child.join is None and now >= child.since + JOIN_TIMEOUT:
                child.drop()
        if self._leave_at is not None and now >= self._leave_at:
            self._leave_at = None
            for child in self._children.values():
                child.leave(parent)

    # -- inside

    def _joins(self, child: Child, join: Join, now: float) -> None:
        ring = self._ring
        if not self._is_genuine(join, now):
            child.fail(ErrorCode.BAD_TICKET, "the ticket is not for this relay, or is over")
        elif ring is None or self.is_leaving or len(self._branch) > MAX_DEPTH:
            child.fail(ErrorCode.BUSY, "there is nothing to be had here now")
        else:
            self._replace(child, join.session)
            self._admit(child, join, ring)

    def _is_genuine(self, join: Join, now: float) -> bool:
        # Before it has told its time, the server itself is the only one who has a ticket.
        time = self._offering.server_time(now) or 0.0
        return join.station_id == self._station_id and any(
            ticket.check(
                key,
                join.station_id,
                node=join.session,
                expires=join.expires,
                ticket=join.ticket,
                now=time,
            )
            for key in self._offering.keys
        )

    def _admit(self, child: Child, join: Join, ring: Ring) -> None:
        if not (child.is_probe or self._has_room(ring)):
            child.fail(ErrorCode.BUSY, "there is no room left")
            return
        try:
            cursor = _cursor(ring, join.offset)
        except (Behind, ValueError):
            child.fail(ErrorCode.BEHIND, "this has left the ring")
        else:
            child.begin(cursor, self._branch)

    def _replace(self, child: Child, session: int) -> None:
        for other in self._children.values():
            if other is not child and other.join is not None and other.join.session == session:
                other.drop()

    def _has_room(self, ring: Ring) -> bool:
        count = self.count
        each = ring.held_bytes / max(ring.seconds_from(ring.oldest), 0.001)
        fits = self._allowance.bears(count + 1, each)
        return fits and count < self._offering.children + SPARE

    def _shed(self) -> None:
        """Send away who came last, rather than let all of them stutter."""
        fed = [child for child in self._children.values() if child.is_fed]
        if len(fed) > 1:
            fed[-1].fail(ErrorCode.BUSY, "there is not enough left of the relay's rate")
            self._allowance.forgive()

    def _sound(self, child: Child, now: float) -> bytes:
        ring, cursor = self._ring, child.cursor
        if ring is None or cursor is None or cursor.waiting:
            return b""
        join = child.join
        is_new = ring.seconds_from(cursor.next) <= NEW
        if join is None or not (is_new or self._allowance.may_hurry(now=now)):
            return b""
        frames = self._doctor(cursor.next_frames(join.session, join.stream, TURN))
        return b"".join(part for frame in frames for part in frame)


def _cursor(ring: Ring, offset: int) -> Cursor:
    """Where a child begins (RFC.md, "Joining"); raises Behind, or ValueError inside a stretch."""
    if offset == 0 or offset > ring.edge:
        return ring.start_near_edge(START_BACK)
    return ring.begin(offset)
