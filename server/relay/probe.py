# SPDX-License-Identifier: GPL-3.0-or-later
"""Dials back to who offers to be a relay: whether it is there, and how much it can send.

The shell around a child's connection; it connects to the address of the relay's control connection
and to no other (RFC.md, "Offering").
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import gevent
from gevent import socket

from common.constants import JOIN_LIFETIME
from common.errors import ProtocolError
from data.frames import Data, Fail
from data.relay_connection import ChildConnection, ChildEvent
from data.station import ticket
from data.station.listener import StationReceiver
from data.station.seals import Verify
from data.station_frames import SERVER_NODE, Branch, Join, Leave, Seal, SongFrame
from server.channel import clock

TIME: Final = 5.0  # seconds for all of it
CONNECT: Final = 3.0  # seconds of it for the connection
QUIET: Final = 0.3  # seconds without a byte: the relay has sent what it has by now
ENOUGH: Final = 256 * 1024  # bytes; more would tell nothing new
TELLING: Final = 16 * 1024  # bytes; fewer come in a moment over any link
AT_ONCE: Final = 16  # probes
WAITING: Final = 256  # relays that wait for theirs; who comes then is told NO_RELAYS
READ: Final = 65536  # bytes


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who offers, and what it must prove."""

    address: str
    port: int
    key: bytes  # of RELAY
    station_id: bytes
    verify: Verify  # with the station's public key


@dataclass(frozen=True, slots=True)
class Reached:
    """It is a relay."""

    rate: float  # bytes per second that it was seen to send; 0.0: it had too little to send


@dataclass(frozen=True, slots=True)
class NotReached:
    """It is none; `text` tells its user why."""

    text: str


Outcome = Reached | NotReached


class Probe:
    """One that waits or is under way."""

    def __init__(self, candidate: Candidate, tell: Callable[[Outcome], None]) -> None:
        """`tell` is called once, unless the probe is dropped."""
        self.candidate = candidate
        self.dropped = False
        self._tell = tell

    def end(self, outcome: Outcome) -> None:
        """It is over."""
        if not self.dropped:
            self.dropped = True
            self._tell(outcome)


class Prober:
    """All probes of the server."""

    def __init__(
        self, *, wall: Callable[[], float], at_once: int = AT_ONCE, seconds: float = TIME
    ) -> None:
        """`wall` gives the seconds since 1970 that tickets refer to."""
        self._wall = wall
        self._at_once = at_once
        self._seconds = seconds
        self._waiting: deque[Probe] = deque()
        self._under_way = 0

    @property
    def is_full(self) -> bool:
        """Whether nobody more can wait."""
        return len(self._waiting) >= WAITING

    def begin(self, candidate: Candidate, tell: Callable[[Outcome], None]) -> Probe:
        """Dial back as soon as there is time."""
        probe = Probe(candidate, tell)
        self._waiting.append(probe)
        self._next()
        return probe

    def _next(self) -> None:
        while self._waiting and self._under_way < self._at_once:
            probe = self._waiting.popleft()
            if not probe.dropped:
                self._under_way += 1
                gevent.spawn(self._run, probe)

    def _run(self, probe: Probe) -> None:
        try:
            outcome = self._outcome(probe.candidate)
        finally:
            self._under_way -= 1
            self._next()
        probe.end(outcome)

    def _outcome(self, candidate: Candidate) -> Outcome:
        where = f"port {candidate.port} of your address"
        try:
            with gevent.Timeout(self._seconds):
                return self._dial(candidate)
        except gevent.Timeout:
            return NotReached(f"{where} does not answer; is a firewall in the way?")
        except ProtocolError as error:
            return NotReached(f"what {where} sends is not this station: {error.text}")
        except OSError as error:
            reason = error.strerror or str(error)
            return NotReached(f"the server cannot connect to {where}: {reason}")

    def _dial(self, candidate: Candidate) -> Outcome:
        """Raises ProtocolError, OSError and gevent.Timeout."""
        expires = int(self._wall()) + JOIN_LIFETIME
        admits = ticket.make(candidate.key, candidate.station_id, node=SERVER_NODE, expires=expires)
        join = Join(SERVER_NODE, 1, 0, candidate.station_id, expires, admits)
        with socket.create_connection((candidate.address, candidate.port), CONNECT) as sock:
            return _listen(sock, ChildConnection(join), candidate)


def _listen(sock: socket.socket, connection: ChildConnection, candidate: Candidate) -> Outcome:
    sock.sendall(connection.data_to_send())
    began, meter = clock(), _Meter()
    receiver: StationReceiver | None = None
    while meter.received < ENOUGH:
        # Before BRANCH, the time for all of it is what bounds the wait.
        sock.settimeout(TIME if receiver is None else QUIET)
        try:
            data = sock.recv(READ)
        except TimeoutError:
            break
        for event in connection.receive_data(data):
            receiver = _heard(event, receiver, candidate)
            if receiver is None:
                return NotReached(_why(event))
        if receiver is not None:
            meter.take(len(data), now=clock())
        if clock() - began > TIME - CONNECT:  # a slow one is measured, not waited for
            break
    return Reached(meter.rate)


class _Meter:
    """How fast bytes come."""

    def __init__(self) -> None:
        self.received = 0
        self._first: float | None = None
        self._first_size = 0
        self._last = 0.0

    def take(self, size: int, *, now: float) -> None:
        self.received += size
        self._last = now
        if self._first is None:
            self._first, self._first_size = now, size

    @property
    def rate(self) -> float:
        """Bytes per second; 0.0 where it cannot be told."""
        counted = self.received - self._first_size
        if self._first is None or counted < TELLING:
            return 0.0
        return counted / max(self._last - self._first, 0.001)


def _heard(
    event: ChildEvent, receiver: StationReceiver | None, candidate: Candidate
) -> StationReceiver | None:
    """Check one more frame; None where it is the last. Raises ProtocolError for a forgery."""
    match event:
        case Branch() if receiver is None:
            return StationReceiver(candidate.station_id, candidate.verify, event.offset)
        case SongFrame() | Data() | Seal() if receiver is not None:
            receiver.receive(SERVER_NODE, event)
            return receiver
        case Branch():
            return receiver
        case _:
            return None


def _why(event: ChildEvent) -> str:
    match event:
        case Fail():
            return f"your relay refused the server: {event.text}"
        case Leave():
            return "your relay is leaving"
        case _:
            return "your relay closed the connection before it sent anything"
