# SPDX-License-Identifier: GPL-3.0-or-later
"""Who listens: sessions, their secrets and tickets, and how many there may be.

Pure: randomness and time come from outside, and what a session is connected by is only known as
an outlet.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hmac import compare_digest
from ipaddress import IPv6Address, ip_network
from typing import Final, Protocol

from common.constants import SECRET_SIZE, TICKET_SIZE
from common.errors import ErrorCode, ProtocolError
from control.roles import ServerNotice
from data.sender import Sender
from server.config import Limits, Share, Timers
from server.deadlines import Watched
from server.library.audio import AudioFile
from server.station.tuned import StationStream
from server.users.users_file import User

RandomBytes = Callable[[int], bytes]

_HIGHEST: Final = 0xFFFFFFFF
_ALL: Final = Share(1, 1)


class ControlOutlet(Protocol):
    """The control connection of a session, as the session sees it."""

    def leave(self, code: ErrorCode, text: str) -> None:
        """Send BYE with this reason."""

    def fail(self, code: ErrorCode, text: str) -> None:
        """Send a fatal ERROR and close."""

    def replaced(self) -> None:
        """Close without a word: the session goes on elsewhere."""

    def notify(self, notice: ServerNotice) -> None:
        """Tell what needs no answer."""

    def wake(self) -> None:
        """There is something to answer that came from elsewhere."""


class DataOutlet(Protocol):
    """The data connection of a session, as the session sees it."""

    def wake(self) -> None:
        """There may be something to send."""

    def switch(self) -> None:
        """What waits is of no use any more, but for a frame that has begun; wakes."""

    def drop(self) -> None:
        """Close it."""

    def has_unsent(self) -> bool:
        """Whether something waits to be sent, or to arrive."""
        ...


class DataPorts(Protocol):
    """Where sessions can attach."""

    def offer(self, session_id: int) -> int:
        """A port on which the session may attach from now on; raises OSError where none is left."""
        ...

    def release(self, session_id: int) -> None:
        """The session needs no port any more."""
        ...


@dataclass(slots=True, eq=False)
class Session:
    """One listener (RFC.md, "What Each Side Stores")."""

    id: int
    address: str  # what the limit per address counts
    secret: bytes
    former_secret: bytes  # good until the first request under the new one; b"" for none
    ticket: bytes
    ticket_until: float  # on the server's clock
    sender: Sender
    active: float  # when the client last asked for something other than PONG
    peer: str = ""  # where its control connection comes from
    grace: int = 0  # seconds, as it was told
    user: User | None = None  # whom the server knows; None: it serves everybody
    audio: AudioFile | None = None  # of the track that it hears
    tuned: StationStream | None = None  # where it listens to a station
    control: ControlOutlet | None = None
    data: DataOutlet | None = None
    attached_once: bool = False
    offered: bool = False  # a port is held open for the ticket
    lost: float | None = None  # since when control is lost
    ended: bool = False
    asked: float | None = None  # when it asked for what it has not yet heard anything of
    began: float = 0.0  # when it was opened
    plays: int = 0  # PLAYs that were answered
    tunes: int = 0  # TUNEs that were
    has_sound: bool = False  # it was sent some, or has it from other listeners
    clock: Watched | None = None  # what lets time pass for it


@dataclass(slots=True)
class Registry:
    """All sessions of the server, or of one of its workers, who share out the ids."""

    limits: Limits
    timers: Timers
    random_bytes: RandomBytes
    share: Share = _ALL
    _sessions: dict[int, Session] = field(default_factory=dict[int, Session])
    _per_address: Counter[str] = field(default_factory=Counter[str])
    _last_id: int = 0

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._sessions.values()))

    def open(self, address: str, *, user: User | None = None, now: float) -> Session:
        """A new session; raises ProtocolError(BUSY or ADDRESS_LIMIT)."""
        if len(self._sessions) >= self.limits.sessions:
            raise ProtocolError(ErrorCode.BUSY, "the server has as many listeners as it can bear")
        who = limit_key(address)
        most = self.limits.sessions_per_address
        if most and self._per_address[who] >= most:
            text = f"there are already {most} sessions from your address"
            raise ProtocolError(ErrorCode.ADDRESS_LIMIT, text)
        self._last_id = self._free_id()
        session = Session(
            id=self._last_id,
            address=who,
            secret=self.random_bytes(SECRET_SIZE),
            former_secret=b"",
            ticket=b"",
            ticket_until=now,
            sender=Sender(self._last_id),
            active=now,
            began=now,
            user=user,
        )
        self.new_ticket(session, now=now)
        self._sessions[session.id] = session
        self._per_address[who] += 1
        return session

    def resume(self, session_id: int, secret: bytes, *, now: float) -> Session:
        """The session, under a new secret; raises ProtocolError(NO_SUCH_SESSION)."""
        session = self._sessions.get(session_id)
        if session is None or not _knows(session, secret):
            text = "this session is over, or was never here"
            raise ProtocolError(ErrorCode.NO_SUCH_SESSION, text)
        # The WELCOME with the new one may be lost on the way (RFC.md, "Losing and Resuming").
        session.former_secret = secret
        session.secret = self.random_bytes(SECRET_SIZE)
        session.lost = None
        session.active = now
        self.new_ticket(session, now=now)
        return session

    def asked(self, session: Session, *, now: float) -> None:
        """The client has asked for something, so WELCOME has reached it."""
        session.former_secret = b""
        session.active = now

    def new_ticket(self, session: Session, *, now: float) -> None:
        """Every earlier ticket of the session is void."""
        session.ticket = self.random_bytes(TICKET_SIZE)
        session.ticket_until = now + self.timers.ticket_lifetime

    def admit(self, session_id: int, ticket: bytes, *, now: float) -> Session:
        """Take a ticket, once; raises ProtocolError(BAD_TICKET) (RFC.md, "ATTACH")."""
        session = self._sessions.get(session_id)
        used = session is None or session.ticket == b""
        good = session is not None and not used and compare_digest(session.ticket, ticket)
        if session is None or not good or now >= session.ticket_until:
            raise ProtocolError(ErrorCode.BAD_TICKET, "the ticket does not admit this connection")
        session.ticket = b""
        session.offered = False
        session.attached_once = True
        return session

    def end(self, session: Session) -> None:
        """Forget the session. May be called again."""
        if self._sessions.pop(session.id, None) is None:
            return
        session.ended = True
        self._per_address[session.address] -= 1
        if not self._per_address[session.address]:
            del self._per_address[session.address]

    def _free_id(self) -> int:
        candidate = self._last_id
        while True:
            candidate = candidate + self.share.of if candidate else self.share.number
            if candidate > _HIGHEST:
                candidate = self.share.number
            if candidate not in self._sessions:
                return candidate


def _knows(session: Session, secret: bytes) -> bool:
    known = (session.secret, session.former_secret)
    return any(one and compare_digest(one, secret) for one in known)


@lru_cache(maxsize=1024)  # asked several times for every connection, and costly to find out
def limit_key(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that an IPv6 host has to itself."""
    try:
        v6 = IPv6Address(address.split("%", 1)[0])
    except ValueError:
        return address
    if v6.ipv4_mapped is not None:
        return str(v6.ipv4_mapped)
    return str(ip_network((v6, 64), strict=False))
