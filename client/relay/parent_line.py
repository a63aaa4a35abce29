# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection to one parent: what comes on it, and by when (RFC.md, "Healing")."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from client.relay.parent_states import PARENT_TABLE, ParentAction, ParentInput, ParentState
from common.constants import PARENT_SILENT
from control.relay_messages import Parent
from data.connection_end import Lost
from data.frames import Fail
from data.relay_connection import ChildConnection, ChildEvent
from data.station_frames import Branch, Join, Leave

# A silence reaches all who are below it in the same moment. Those next to it move first, and what
# they find reaches the others before these have lost patience too.
STEP: Final = 0.5  # seconds of patience more for each node above the parent
MOST_STEPS: Final = 4


@dataclass(frozen=True, slots=True)
class Happened:
    """What is to be done about something that has come."""

    action: ParentAction
    frame: ChildEvent | None = None


class ParentLine:
    """Knows where the connection stands; its owner carries out what it says."""

    def __init__(self, link: int, parent: Parent, *, now: float, patience: float) -> None:
        """Is being dialled from `now` on; `patience` in seconds for that, and again for BRANCH."""
        self.link = link
        self.parent = parent
        self.nodes: tuple[int, ...] = ()  # from the highest relay down to this parent
        self._state = ParentState.DIALLING
        self._patience = patience
        self._until = now + patience
        self._node = 0
        self._wanted = 0
        self._connection: ChildConnection | None = None

    @property
    def deadline(self) -> float:
        """When `LATE` happens."""
        return self._until

    def hurry(self, until: float) -> None:
        """Nobody feeds meanwhile: be ready by then."""
        self._until = min(self._until, until)

    def happened(self, what: ParentInput) -> ParentAction:
        """Step on."""
        self._state, action = PARENT_TABLE.step(self._state, what)
        return action

    def join(self, join: Join, *, now: float) -> bytes:
        """The bytes of JOIN; BRANCH is waited for from here on."""
        self._node, self._wanted = join.session, join.offset
        self._connection = ChildConnection(join)
        self._until = now + self._patience
        return self._connection.data_to_send()

    def received(self, data: bytes) -> Iterator[Happened]:
        """Take bytes, b"" for the end; each step is to be carried out before the next is asked for.

        Raises ProtocolError where the parent broke a rule; that is `ParentInput.BROKEN`.
        """
        if self._connection is None:
            return
        for frame in self._connection.receive_data(data):
            yield Happened(self.happened(self._input(frame)), frame)

    def turned(self, branch: Branch) -> None:
        """The nodes above have changed."""
        self.nodes = branch.nodes

    def brought(self, *, now: float) -> None:
        """A stretch has come that was not there before, and has passed."""
        steps = min(max(0, len(self.nodes) - 1), MOST_STEPS)
        self._until = now + PARENT_SILENT + STEP * steps

    def _input(self, frame: ChildEvent) -> ParentInput:
        match frame:
            case Branch():
                return self._branch_input(frame)
            case Leave():
                return ParentInput.LEAVE
            case Fail():
                return ParentInput.FAIL
            case Lost():
                return ParentInput.LOST
            case _:
                return ParentInput.SOUND

    def _branch_input(self, branch: Branch) -> ParentInput:
        is_own = branch.nodes[-1:] == (self.parent.node,)
        fits = branch.offset <= self._wanted or self._wanted == 0
        if self._node in branch.nodes or not is_own:
            return ParentInput.CIRCLE
        if self._state is ParentState.JOINING and not fits:
            return ParentInput.CIRCLE
        return ParentInput.BRANCH
