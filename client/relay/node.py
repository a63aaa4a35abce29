# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener as a node of its station's tree: who feeds it, whom it feeds (RFC.md, "Relays")."""

from collections.abc import Callable
from typing import Final

from client.relay.allowance import Allowance
from client.relay.child import Doctor, honest
from client.relay.children import Children
from client.relay.effects import RelayOutbox, Warn
from client.relay.feeding import Feeding
from client.relay.offering import Offering
from client.relay.options import RelayOptions
from client.tuning.feeding import Frame, Listening
from client.tuning.reports import RelayStatus
from control.relay_messages import Parents, Relay, Relaying
from control.session_messages import Error
from control.station_messages import Tuned
from data.station.listener import Sound

# RFC.md, "Leaving", allows more, but a user who leaves waits for it. The server moves the children
# in a round trip; who is late has other parents' tickets, and a buffer.
FAREWELL: Final = 2.0  # seconds


class Node:
    """What the tuning asks, and the shell; see `client.relay.listening` for what it asks back.

    Attributes:
        children: the children; the shell moves their bytes.
        feeding: the parents; the shell moves their bytes.
    """

    def __init__(
        self,
        outbox: RelayOutbox,
        listening: Listening,
        *,
        options: RelayOptions,
        secret: Callable[[int], bytes],
        now: float,
        doctor: Doctor = honest,
    ) -> None:
        """`secret` makes so many random bytes from a secure source."""
        self._offering = Offering(
            listening,
            children=options.children,
            rate=options.rate,
            secret=secret,
            tell=lambda text: outbox.put(Warn(text)),
        )
        self._allowance = Allowance(options.rate, now=now)
        self.children = Children(self._offering, self._allowance, doctor)
        self.feeding = Feeding(
            outbox, listening, server_time=self._offering.server_time, on_turn=self._turn
        )
        self._at = 0, b""  # session and station
        self._is_linked = True
        self._is_leaving = False

    @property
    def is_willing(self) -> bool:
        """Whether others may feed this listener."""
        return True

    @property
    def feeder(self) -> int:
        """The node that feeds; 0 is the server."""
        return self.feeding.feeder

    def status(self, now: float) -> RelayStatus:
        """How it stands."""
        rate = self._allowance.sending(now=now)
        return RelayStatus(len(self.feeding.nodes), self.children.count, rate)

    # -- the stream

    def tuned(self, tuned: Tuned, session: int, now: float) -> None:
        """A stream begins, or another one takes its place."""
        station_id = tuned.station_id
        self.feeding.tuned(
            tuned.stream,
            session=session,
            station_id=station_id,
            placed=tuned.placed,
            now=now,
        )
        if (session, station_id) != self._at and not self._is_leaving:
            # Behind a hole in the same station, the offer stands.
            self._at = session, station_id
            self._offering.tuned()
            self.children.begin(station_id, self._branch())
        if not self._is_linked:
            self._is_linked = True
            self._offering.linked()

    def untuned(self, now: float) -> None:
        """The stream is over: to stop, for another station or a song, or with its session."""
        self._at = 0, b""
        self._offering.untuned()
        self.children.leave(at=now)
        self.children.tick(parent=self.feeder, now=now)
        self.feeding.untuned(now=now)

    def lost(self, now: float) -> None:
        """The stream is lost, and will be asked for again: the children stay."""
        self.feeding.untuned(now=now)

    def from_server(self, frame: Frame, now: float) -> None:
        """A frame of the server's data connection; raises ProtocolError where it does not pass."""
        del now
        self.feeding.from_server(frame)

    def passed(self, sound: Sound, seconds: float, now: float) -> None:
        """A stretch that was lacking has passed; `seconds` is how long it plays."""
        self.feeding.advanced(now=now)
        self.children.passed(sound, seconds, now=now)
        self._offer(now)

    # -- the server

    def parents(self, parents: Parents, now: float) -> None:
        """PARENTS has come."""
        self.feeding.parents(parents, now=now)

    def answered(self, asked: Relay, answer: Relaying | Error, now: float) -> None:
        """The answer to RELAY has come."""
        self._offering.answered(asked, answer, now=now)

    def linked(self, now: float) -> None:
        """The control connection is open, in the same session."""
        self._is_linked = True
        self._offering.linked()
        self.feeding.linked(now=now)
        self._offer(now)

    def unlinked(self, now: float) -> None:
        """The control connection is lost."""
        del now
        self._is_linked = False
        self._offering.unlinked()

    # -- the shell

    def listens(self, port: int) -> None:
        """Children can connect to that port."""
        self._offering.listens(port)

    # -- the end

    def leave(self, now: float) -> None:
        """The user wants to go: let the server find others for the children."""
        self._is_leaving = True
        self._offering.untuned()
        self.children.leave(at=now + FAREWELL)

    @property
    def has_left(self) -> bool:
        """Whether nobody is left who would miss it."""
        return self._is_leaving and self.children.count == 0

    # -- time

    def deadline(self) -> float | None:
        """When to call `tick` at the latest."""
        times = self.feeding.deadline(), self.children.deadline()
        return min((time for time in times if time is not None), default=None)

    def tick(self, now: float) -> None:
        """Let time pass."""
        self.feeding.tick(now=now)
        self.children.tick(parent=self.feeder, now=now)
        self._offer(now)

    # -- inside

    def _branch(self) -> tuple[int, ...]:
        return (*self.feeding.nodes, self._at[0])

    def _turn(self) -> None:
        self.children.turn(self._branch())

    def _offer(self, now: float) -> None:
        if self._is_linked and self.children.has_sound:
            self._offering.ready(now=now)
