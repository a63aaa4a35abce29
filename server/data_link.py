# SPDX-License-Identifier: GPL-3.0-or-later
"""The socket of one data connection: ATTACH in, then runs of a mapped file out.

The audio is never touched here: slices of the mapping go to the kernel as they are.
"""

import errno
import socket
from collections.abc import Callable
from itertools import chain
from typing import Final

from common.constants import MAX_TEXT
from common.errors import ErrorCode, ProtocolError
from data.connection import ServerDataConnection
from data.frames import Attach, Attached, Fail
from data.mpeg import LONGEST_FRAME
from server.channel import clock
from server.deadlines import Deadlines
from server.logbook import Logbook
from server.pump import Pump
from server.refusals import Refusal
from server.service import Service
from server.sessions import Session
from server.transport import PLAIN, Transport
from server.unsent import Unsent

EVENTS = Logbook("antiphon.server")

READ_SIZE: Final = 64  # bytes; an ATTACH, and what must not come behind it
UNSENT: Final = 16 * 1024  # bytes in the kernel that the link has not taken yet
SLOWLY: Final = 2 * UNSENT  # bytes a turn where the kernel has just taken no more


class DataLink:
    """One data connection, before and after ATTACH."""

    __slots__ = (
        "_channel",
        "_closing",
        "_connection",
        "_deadlines",
        "_first",
        "_gone",
        "_pump",
        "_service",
        "_session",
        "_since",
        "_unsent",
    )

    def __init__(
        self,
        sock: socket.socket,
        peer: str,
        service: Service,
        deadlines: Deadlines,
        pump: Pump,
        *,
        gone: Callable[["DataLink"], None],
        transport: Transport = PLAIN,
    ) -> None:
        """Take over an accepted socket; `gone` is called once, when it attached or closed.

        Nothing is given up before `begin`.
        """
        self._service = service
        self._deadlines = deadlines
        self._pump = pump
        self._gone: Callable[[DataLink], None] | None = gone
        self._session: Session | None = None
        self._connection = ServerDataConnection()
        self._unsent = Unsent()
        self._since: float | None = clock()  # waiting since then: for ATTACH, or to send
        self._closing = False
        self._first: float | None = None  # since when the first sound of a stream is waited for
        self._channel = transport.channel(
            sock,
            peer,
            lingering=service.lingering,
            readable=self._readable,
            writable=self.wake,
            broken=self._lost,
        )
        self._channel.bound_unsent(UNSENT)

    # -- DataOutlet

    def wake(self) -> None:
        """There may be something to send."""
        self._pump.wake(self)

    def switch(self) -> None:
        """Forget the frames of the stream before, but for one that has begun, and ATTACHED."""
        self._unsent.switch()
        self.wake()

    def drop(self) -> None:
        """Close; what has not been sent is of no use to anybody."""
        self._detach()
        self._channel.close()

    def has_unsent(self) -> bool:
        """Whether something waits to be sent, or to arrive."""
        return len(self._unsent) > 0 or self._channel.unacknowledged() > 0

    # -- Waiting

    def begin(self) -> None:
        """Hear what the peer may have said already; the rest when it comes."""
        self._channel.look()
        if self.waits:
            self._deadlines.watch(self)

    @property
    def waits(self) -> bool:
        """Whether ATTACH is still to be answered."""
        return self._gone is not None

    def turn_away(self, text: str) -> None:
        """Say BUSY with this text and close at once."""
        self._service.refusals.count(Refusal.WAITING, self._channel.peer, now=clock())
        self._refuse(0, ErrorCode.BUSY, text)
        self._channel.close()

    # -- Watched

    def deadline(self) -> float | None:
        """When a peer that does not attach, or does not read, is given up."""
        if self._closing or self._since is None:
            return None
        timers = self._service.timers
        waiting = self._session is None
        return self._since + (timers.ticket_lifetime if waiting else timers.stall_timeout)

    def tick(self, *, now: float) -> None:  # noqa: ARG002 the deadline has come, and that is all
        """Give it up."""
        if self._session is None:
            self._refuse(0, ErrorCode.TIMEOUT, "ATTACH did not come")
        else:
            EVENTS.info(
                "not_read",
                "{peer} does not read its sound; closing its data connection",
                **self._whom,
            )
            self._lost()

    # -- Turn

    def turn(self, budget: int) -> bool:
        """Send what the session has, about `budget` bytes."""
        session = self._session
        if session is None or self._closing:
            return False
        streams = self._service.streams
        if self._unsent.has_audio() and streams.has_changed(session):
            # What has begun cannot be completed. The client asks for the rest, and is told.
            EVENTS.info(
                "file_written_to", "a file was written to while {peer} listened to it", **self._whom
            )
            self._lost()
            return False
        # With more than one, the last of it is END or FAIL; of a station there may be more.
        used_up = session.tuned is not None
        if len(self._unsent) <= 1:
            if self._since is not None:
                budget = min(budget, SLOWLY)
            frames = streams.next_frames(session, budget)
            self._unsent.add(frames)
            # Where the budget was not used up, but for less than one MPEG frame, the credit was, or
            # the station's ring: asking again would be for nothing.
            if session.asked is not None and frames and frames[0][1]:
                self._first = session.asked
                session.asked = None
                session.has_sound = True
            named = sum(map(len, chain.from_iterable(frames)))
            used_up = named > budget - LONGEST_FRAME
        if not self._flush():
            return False
        streams.all_sent(session)
        return used_up

    # -- the socket

    def _readable(self) -> None:
        data = self._channel.read(READ_SIZE)
        if data is None:
            return
        try:
            for event in self._connection.receive_data(data):
                if isinstance(event, Attach):
                    self._attach(event)
                else:
                    self._lost()
        except ProtocolError as error:
            session = 0 if self._session is None else self._session.id
            self._refuse(session, error.code, error.text)

    def _attach(self, attach: Attach) -> None:
        try:
            session = self._service.attach(attach.session, attach.ticket, self, now=clock())
        except ProtocolError as error:
            self._refuse(attach.session, error.code, error.text)
            return
        self._session = session
        self._since = None
        self._deadlines.watch(self)
        self._leave_waiting()
        self._unsent.greet(Attached(session.id).encode())
        self.wake()  # not at once: the first sound goes with it, where PLAY comes meanwhile

    def _flush(self) -> bool:
        """Send what is pending; whether all of it went."""
        while self._unsent:
            buffers = self._unsent.buffers()
            try:
                sent = self._channel.send(buffers)
            except OSError as error:
                self._broken(error)
                return False
            self._service.tally.bytes_sent += sent
            if self._first is not None and sent:
                self._service.tally.first_byte.observe(clock() - self._first)
                self._first = None
            if sent < sum(map(len, buffers)):
                self._unsent.went(sent)
                self._take_back()
                if sent > SLOWLY:  # the kernel paces what it sends: a moment later it takes more
                    self.wake()
                else:
                    self._wait_for_peer(moved=sent > 0)
                return False
            self._unsent.all_went()
        if self._since is not None:
            self._since = None
            self._channel.stop_writing()
        return True

    def _take_back(self) -> None:
        # What has not begun is named again when it can go, since the file may be another by then.
        # A station's stretches stay what they are.
        session = self._session
        if session is not None and session.tuned is None:
            self._unsent.take_back(session.sender)

    def _wait_for_peer(self, *, moved: bool) -> None:
        if self._since is None:
            self._since = clock()
            self._deadlines.watch(self)
        elif moved:
            self._since = clock()
        self._channel.await_writable()

    @property
    def _whom(self) -> dict[str, object]:
        """Whom this connection serves, for the log."""
        session = None if self._session is None else self._session.id
        return {"session": session, "peer": self._channel.peer}

    def _broken(self, error: OSError) -> None:
        if error.errno == errno.EFAULT:
            # The frame cannot be completed, so the connection has to go; the client asks for the
            # rest and is then told what happened to the file.
            EVENTS.warning(
                "file_cut_short", "a file was cut short while {peer} listened to it", **self._whom
            )
        self._lost()

    def _refuse(self, session: int, code: ErrorCode, text: str) -> None:
        """Say FAIL, unless a frame is half sent, and close."""
        self._service.tally.errors[code] += 1
        half_sent = self._unsent.begun > 0
        self._detach()
        if half_sent:
            self._channel.close()
            return
        fail = Fail(session, 0, 0, code, text[: MAX_TEXT // 2]).encode()
        try:
            self._channel.send([fail])
        except OSError:
            self._channel.close()
            return
        self._channel.finish()

    def _lost(self) -> None:
        self._detach()
        self._channel.close()

    def _detach(self) -> None:
        self._closing = True
        self._deadlines.watch(self)
        self._unsent.clear()
        self._leave_waiting()
        session, self._session = self._session, None
        if session is not None:
            self._service.data_lost(session, self)

    def _leave_waiting(self) -> None:
        gone, self._gone = self._gone, None
        if gone is not None:
            gone(self)
