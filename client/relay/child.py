# SPDX-License-Identifier: GPL-3.0-or-later
"""One child of a relay: what it asked for, how far it has come, and what is to be said to it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from common.constants import MAX_TEXT
from common.errors import ErrorCode
from data.frames import Fail
from data.relay_connection import ParentConnection
from data.station.ring import Cursor, Out
from data.station_frames import SERVER_NODE, Branch, Join, Leave

# What is done to the sound on its way to a child; in earnest, nothing.
Doctor = Callable[[list[Out]], list[Out]]


def honest(frames: list[Out]) -> list[Out]:
    """Nothing."""
    return frames


@dataclass(slots=True)
class Child:
    """A connection from below, from accept on.

    Attributes:
        address: from which it comes.
        since: when it was accepted.
        join: what it asked for; None before it has.
        cursor: how far it has come; None before it was admitted.
        is_over: nothing comes behind what is still to be said.
    """

    address: str
    since: float
    connection: ParentConnection = field(default_factory=ParentConnection)
    join: Join | None = None
    cursor: Cursor | None = None
    is_over: bool = False
    _nodes: tuple[int, ...] | None = None  # of the BRANCH that is to be sent
    _begins: int = 0  # its offset
    _last: bytes = b""  # word

    @property
    def is_fed(self) -> bool:
        """Whether it is a child in the tree: admitted, not about to end, and not a mere probe."""
        return self.cursor is not None and not self.is_over and not self.is_probe

    @property
    def is_probe(self) -> bool:
        """Whether it is the server, which looks whether there is a relay at all."""
        return self.join is not None and self.join.session == SERVER_NODE

    def begin(self, cursor: Cursor, nodes: tuple[int, ...]) -> None:
        """Admit it; `nodes` are those above it, down to its parent."""
        self.cursor, self._begins, self._nodes = cursor, cursor.next, nodes

    def turn(self, nodes: tuple[int, ...]) -> None:
        """The nodes above it have changed."""
        self._nodes = nodes

    def fail(self, code: ErrorCode, text: str) -> None:
        """Tell it why not, or why no longer, and end."""
        if not self.is_over:
            node = 0 if self.join is None else self.join.session
            self._end(Fail(node, 0, 0, code, text[:MAX_TEXT]).encode())
        self.is_over = True

    def leave(self, successor: int) -> None:
        """Tell it that its parent goes, and who that one's parent is."""
        if self.join is not None and not self.is_over:
            self._end(Leave(self.join.session, self.join.stream, successor).encode())
        self.is_over = True

    def drop(self) -> None:
        """End without a word."""
        self._end(b"")
        self.is_over = True

    def words(self) -> bytes:
        """What is to be said before any sound; once."""
        words, self._last = self._last, b""
        if self.join is not None and self._nodes is not None:
            branch = Branch(self.join.session, self.join.stream, self._begins, self._nodes)
            words += branch.encode()
            self._nodes, self._begins = None, 0
        return words

    def _end(self, last: bytes) -> None:
        # Who was not told yet who is above needs not know it any more.
        self._nodes, self._last, self.cursor = None, last, None
