# SPDX-License-Identifier: GPL-3.0-or-later
"""Who feeds this listener: the server, or one of the parents that it names (RFC.md, "Relays")."""

from collections.abc import Callable, Iterable
from typing import Final

from client.relay.candidates import Candidates
from client.relay.effects import CloseParent, DialParent, RelayOutbox, SendParent
from client.relay.feeding_states import FEEDING_TABLE, FeedingAction, FeedingInput, FeedingState
from client.relay.parent_line import ParentLine
from client.relay.parent_states import ParentAction, ParentInput
from client.tuning.feeding import Frame, Listening
from common.constants import PARENT_SILENT, REPORT_EVERY, STATION_ID_SIZE
from common.errors import MisuseError, ProtocolError
from control.relay_messages import Accuse, Parent, Parents, Report
from data.frames import Data
from data.station_frames import SERVER_NODE, Branch, Join, Leave, Seal, SongFrame

# While nobody feeds, the buffer empties: candidates get less time then, and all together not so
# much that the server could not be asked in time.
HURRIED: Final = 1.0  # seconds for an attempt to connect, and for BRANCH
MOST_ALONE: Final = 3.0  # seconds from the loss of a parent to the server

_FEEDS: Final = {
    FeedingState.SERVER,
    FeedingState.SERVER_TRYING,
    FeedingState.PARENT,
    FeedingState.PARENT_TRYING,
}
_ALONE: Final = {FeedingState.NOBODY, FeedingState.NOBODY_TRYING}


class Feeding:
    """Holds at most two connections: to the parent that feeds, and to one that is being tried."""

    def __init__(
        self,
        outbox: RelayOutbox,
        listening: Listening,
        *,
        server_time: Callable[[float], float | None],
        on_turn: Callable[[], None],
    ) -> None:
        """`server_time` makes the server's clock of `now`, where that is known.

        `on_turn` is called when the nodes above have changed.
        """
        self._outbox = outbox
        self._listening = listening
        self._candidates = Candidates(server_time)
        self._on_turn = on_turn
        self._state = FeedingState.OFF
        self._stream = 0
        self._session = 0
        self._station_id = bytes(STATION_ID_SIZE)
        self._feeder: ParentLine | None = None
        self._candidate: ParentLine | None = None
        self._links = 0  # numbers given so far
        self._alone_since = 0.0
        self._report_at = 0.0

    @property
    def feeder(self) -> int:
        """The node that feeds, or is to; the server's where no other listener does."""
        return SERVER_NODE if self._feeder is None else self._feeder.parent.node

    @property
    def is_alone(self) -> bool:
        """Whether nobody feeds at the moment."""
        return self._state in _ALONE

    @property
    def nodes(self) -> tuple[int, ...]:
        """The relays above, from the highest down."""
        return () if self._feeder is None else self._feeder.nodes

    # -- the stream

    def tuned(
        self, stream: int, *, session: int, station_id: bytes, placed: bool, now: float
    ) -> None:
        """TUNED has come: a new stream begins, fed by the server or by who it will name."""
        self._stream, self._session, self._station_id = stream, session, station_id
        self._alone_since, self._report_at = now, now + REPORT_EVERY
        self._step(FeedingInput.PLACED if placed else FeedingInput.TUNED, now)

    def untuned(self, *, now: float) -> None:
        """The stream is over."""
        self._step(FeedingInput.UNTUNED, now)

    def linked(self, *, now: float) -> None:
        """The server can be told again."""
        if self._state in _FEEDS:
            self._report(now)

    def advanced(self, *, now: float) -> None:
        """A stretch that was lacking has come and has passed."""
        if self._feeder is not None:
            self._feeder.brought(now=now)

    def from_server(self, frame: Frame) -> None:
        """A frame of the server's data connection; raises ProtocolError where it does not pass."""
        self._listening.deliver(SERVER_NODE, frame)

    def parents(self, parents: Parents, *, now: float) -> None:
        """The server names parents, instead of those that it named before."""
        if self._state is FeedingState.OFF or parents.stream != self._stream:
            return
        self._candidates.name(parents.parents)
        best = self._candidates.peek(now=now)
        if best is not None and _is_of(self._candidate, best):
            self._candidates.take()
            self._step(FeedingInput.TRIED, now)
        else:
            self._step(self._what_is_left(best, FeedingInput.PARENTS), now)

    # -- the connections to parents

    def connected(self, link: int, *, now: float) -> None:
        """It is open."""
        line = self._line(link)
        if line is not None and line.happened(ParentInput.CONNECTED) is ParentAction.JOIN:
            wanted, parent = self._listening.standing().offset, line.parent
            join = Join(
                self._session, self._stream, wanted, self._station_id, parent.expires, parent.ticket
            )
            self._outbox.put(SendParent(link, line.join(join, now=now)))

    def lost(self, link: int, *, now: float) -> None:
        """It could not be opened, or broke."""
        self._happened(self._line(link), ParentInput.LOST, now)

    def received(self, link: int, data: bytes, *, now: float) -> None:
        """Bytes have come on it; b"" is its end."""
        line = self._line(link)
        if line is None:
            return
        try:
            for happened in line.received(data):
                frame = happened.frame
                match happened.action:
                    case ParentAction.ADMIT if isinstance(frame, Branch):
                        self._admit(line, frame, now)
                    case ParentAction.TURN if isinstance(frame, Branch):
                        line.turned(frame)
                        self._on_turn()
                    case ParentAction.DELIVER if isinstance(frame, SongFrame | Data | Seal):
                        self._listening.deliver(line.parent.node, frame)
                    case ParentAction.FOLLOW if isinstance(frame, Leave):
                        self._candidates.prefer(frame.node)
                        self._over(line, now)
                    case _:
                        self._act(line, happened.action, now)
        except ProtocolError:
            self._happened(line, ParentInput.BROKEN, now)

    # -- time

    def deadline(self) -> float | None:
        """When to call `tick` at the latest."""
        times = [line.deadline for line in self._lines()]
        if self._state in _FEEDS:
            times.append(self._report_at)
        elif self.is_alone:
            times.append(self._alone_since + MOST_ALONE)
        return min(times, default=None)

    def tick(self, *, now: float) -> None:
        """Let time pass."""
        for line in self._lines():
            if now >= line.deadline:
                self._happened(line, ParentInput.LATE, now)
        if self.is_alone and now >= self._alone_since + MOST_ALONE:
            self._step(FeedingInput.OVERDUE, now)
        if self._state in _FEEDS and now >= self._report_at:
            self._report(now)

    # -- inside: one connection

    def _lines(self) -> Iterable[ParentLine]:
        return [line for line in (self._feeder, self._candidate) if line is not None]

    def _line(self, link: int) -> ParentLine | None:
        return next((line for line in self._lines() if line.link == link), None)

    def _happened(self, line: ParentLine | None, what: ParentInput, now: float) -> None:
        if line is not None:
            self._act(line, line.happened(what), now)

    def _act(self, line: ParentLine, action: ParentAction, now: float) -> None:
        match action:
            case ParentAction.GIVE_UP:
                self._over(line, now)
            case ParentAction.ACCUSE:
                self._accuse(line)
                self._over(line, now)
            case _:
                pass

    def _admit(self, line: ParentLine, branch: Branch, now: float) -> None:
        self._step(FeedingInput.ADMITTED, now)
        self._listening.switch(line.parent.node, branch.offset)
        line.turned(branch)
        line.brought(now=now)
        self._report(now)
        self._on_turn()

    def _accuse(self, line: ParentLine) -> None:
        node = line.parent.node
        self._candidates.banish(node)
        self._listening.notify(Accuse(self._stream, node, self._listening.standing().offset))

    def _over(self, line: ParentLine, now: float) -> None:
        """A connection has ended: the candidate's, or that of the parent that fed."""
        self._close(line)
        if line is self._candidate:
            self._candidate = None
            self._step(
                self._what_is_left(self._candidates.peek(now=now), FeedingInput.REFUSED), now
            )
        elif line is self._feeder:
            self._feeder = None
            self._alone_since = now
            is_last = self._candidates.peek(now=now) is None
            self._step(FeedingInput.ORPHANED if is_last else FeedingInput.LOST, now)

    # -- inside: who feeds

    def _what_is_left(self, best: Parent | None, other: FeedingInput) -> FeedingInput:
        if best is None:
            return FeedingInput.EXHAUSTED
        if _is_of(self._feeder, best):
            self._candidates.take()
            return FeedingInput.KEPT
        return other

    def _step(self, what: FeedingInput, now: float) -> None:
        self._state, action = FEEDING_TABLE.step(self._state, what)
        match action:
            case FeedingAction.NOTHING:
                pass
            case FeedingAction.RESET:
                self._close_all()
                self._candidates.name(())
            case FeedingAction.TRY:
                self._try(now)
            case FeedingAction.DROP:
                self._drop_candidate()
            case FeedingAction.SWITCH:
                self._close(self._feeder)
                self._feeder, self._candidate = self._candidate, None
            case FeedingAction.WAIT:
                if self._candidate is not None:
                    self._candidate.hurry(now + HURRIED)
            case FeedingAction.ASK_SERVER:
                self._ask_server(now)
            case FeedingAction.DEFECT:
                raise MisuseError(f"{what.name} in {self._state.name}")

    def _try(self, now: float) -> None:
        self._drop_candidate()
        parent = self._candidates.take()
        self._links += 1
        patience = HURRIED if self.is_alone else float(PARENT_SILENT)
        self._candidate = ParentLine(self._links, parent, now=now, patience=patience)
        self._outbox.put(DialParent(self._links, parent.address, parent.port))

    def _drop_candidate(self) -> None:
        self._close(self._candidate)
        self._candidate = None

    def _close_all(self) -> None:
        self._drop_candidate()
        self._close(self._feeder)
        self._feeder = None

    def _close(self, line: ParentLine | None) -> None:
        if line is not None:
            line.happened(ParentInput.UNWANTED)
            self._outbox.put(CloseParent(line.link))

    def _ask_server(self, now: float) -> None:
        self._close_all()
        self._listening.switch(SERVER_NODE, self._listening.standing().offset)
        self._report(now)
        self._on_turn()

    def _report(self, now: float) -> None:
        self._report_at = now + REPORT_EVERY
        how = self._listening.standing()
        report = Report(self._stream, self.feeder, how.offset, how.buffered_ms, how.pace)
        self._listening.notify(report)


def _is_of(line: ParentLine | None, parent: Parent) -> bool:
    return line is not None and line.parent.node == parent.node
