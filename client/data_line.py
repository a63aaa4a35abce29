# SPDX-License-Identifier: GPL-3.0-or-later
"""The data connection and its successors in one session; no socket, no clock."""

from enum import Enum, auto

from client.backoff import Backoff
from client.effects import Close, Connect, Line, Outbox, Send
from common.constants import TICKET_SIZE
from data.connection import ClientDataConnection, ClientEvent

ATTACH_TIMEOUT = 10.0  # seconds from ATTACH to ATTACHED


class DataStage(Enum):
    """Where the line stands."""

    DOWN = auto()  # until a session says where to connect
    WAITING = auto()  # lost; to be asked for again at `retry_at`
    ASKED = auto()  # REOPEN sent
    CONNECTING = auto()
    ATTACHING = auto()
    ATTACHED = auto()


NOWHERE = (0, bytes(TICKET_SIZE))  # session and ticket of a connection that was never opened
LIVE = frozenset({DataStage.CONNECTING, DataStage.ATTACHING, DataStage.ATTACHED})


class DataLine:
    """Connects where it is told, shows the ticket, and knows when the connection is lost."""

    def __init__(self, outbox: Outbox, *, backoff: Backoff) -> None:
        """Nothing is opened before `open`."""
        self._outbox = outbox
        self._backoff = backoff
        self._stage = DataStage.DOWN
        self._connection = ClientDataConnection(*NOWHERE)
        self._next_connection = NOWHERE
        self._retry_at: float | None = None
        self._attach_by: float | None = None

    @property
    def is_attached(self) -> bool:
        """Whether sound can come."""
        return self._stage is DataStage.ATTACHED

    @property
    def is_live(self) -> bool:
        """Whether there is a connection, or one is being opened."""
        return self._stage in LIVE

    def open(self, session: int, port: int, ticket: bytes) -> None:
        """Open a connection to `port` and attach it with `ticket`."""
        self._next_connection = (session, ticket)
        self._stage, self._retry_at, self._attach_by = DataStage.CONNECTING, None, None
        self._outbox.put(Connect(Line.DATA, port))

    def connected(self, *, now: float) -> None:
        """The transport is there: show the ticket."""
        self._connection = ClientDataConnection(*self._next_connection)
        self._stage = DataStage.ATTACHING
        self._attach_by = now + ATTACH_TIMEOUT
        self._outbox.put(Send(Line.DATA, self._connection.data_to_send()))

    def received(self, data: bytes, *, now: float) -> list[ClientEvent]:
        """Take bytes, b"" for the end; raises ProtocolError where the server broke a rule."""
        found = self._connection.receive_data(data)
        if self._stage is DataStage.ATTACHING and self._connection.attached:
            self._stage, self._attach_by = DataStage.ATTACHED, None
            self._backoff.succeeded(now=now)
        return found

    def lost(self, *, now: float) -> float:
        """The connection is over, or was not granted; returns the seconds until it is asked for."""
        self.shut()
        wait = self._backoff.wait(now=now)
        self._stage, self._retry_at = DataStage.WAITING, now + wait
        return wait

    def shut(self) -> None:
        """Close it and leave it at that."""
        if self.is_live:
            self._outbox.put(Close(Line.DATA))
        self._stage, self._retry_at, self._attach_by = DataStage.DOWN, None, None

    def wants_reopen(self, *, now: float) -> bool:
        """Whether it is time to send REOPEN."""
        if self._stage is not DataStage.WAITING:
            return False
        return self._retry_at is None or now >= self._retry_at

    def asked(self) -> None:
        """REOPEN was sent."""
        self._stage, self._retry_at = DataStage.ASKED, None

    def hurry(self) -> None:
        """Somebody waits for it: ask for it again now."""
        if self._stage is DataStage.WAITING:
            self._retry_at = None

    def control_lost(self) -> None:
        """The answer to REOPEN will not come; WELCOME will bring a ticket."""
        if self._stage is DataStage.ASKED:
            self._stage = DataStage.WAITING

    def is_overdue(self, *, now: float) -> bool:
        """Whether ATTACHED did not come in time."""
        return self._attach_by is not None and now >= self._attach_by

    def deadline(self, *, can_ask: bool) -> float | None:
        """When `is_overdue` becomes true, or `wants_reopen`, which only counts if one can ask."""
        if self._stage is DataStage.WAITING:
            return self._retry_at if can_ask else None
        return self._attach_by
