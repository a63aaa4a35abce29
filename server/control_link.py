# SPDX-License-Identifier: GPL-3.0-or-later
"""The socket around a conversation."""

import socket
from collections.abc import Callable
from typing import Final

from common.errors import ErrorCode
from control.roles import ServerNotice
from server.channel import clock
from server.conversation import Conversation
from server.deadlines import Deadlines
from server.pump import Pump
from server.refusals import Refusal
from server.service import Service
from server.transport import PLAIN, Transport

READ_SIZE: Final = 4096  # bytes; some 500 requests at the most
REQUESTS: Final = 4  # requests answered before everybody else gets a turn
PAGES: Final = 1  # those of them, in a turn, that go through the library


class ControlLink:
    """Bytes in, bytes out, and one deadline."""

    __slots__ = (
        "_blocked",
        "_channel",
        "_conversation",
        "_deadlines",
        "_gone",
        "_greeted",
        "_out",
        "_over",
        "_pump",
        "_service",
    )

    def __init__(
        self,
        sock: socket.socket,
        peer: str,
        service: Service,
        deadlines: Deadlines,
        pump: Pump,
        *,
        greeted: Callable[["ControlLink"], None],
        gone: Callable[["ControlLink"], None],
        transport: Transport = PLAIN,
    ) -> None:
        """Take over an accepted socket; nothing is given up before `begin`.

        `greeted` is called once, when HELLO was answered with a session; `gone` once, when it is
        closed.
        """
        self._service = service
        self._deadlines = deadlines
        self._pump = pump
        self._greeted: Callable[[ControlLink], None] | None = greeted
        self._gone: Callable[[ControlLink], None] | None = gone
        self._out = bytearray()
        self._blocked: float | None = None  # since when the peer takes nothing
        self._over = False
        self._channel = transport.channel(
            sock,
            peer,
            lingering=service.lingering,
            readable=self._readable,
            writable=self._flush,
            broken=self._lost,
        )
        self._conversation = Conversation(service, self, peer, now=clock())

    # -- ControlOutlet

    def leave(self, code: ErrorCode, text: str) -> None:
        """Send BYE with this reason."""
        self._conversation.leave(code, text, now=clock())
        self._deadlines.watch(self)
        self._work()

    def notify(self, notice: ServerNotice) -> None:
        """Send DRAIN, or PARENTS."""
        self._conversation.notify(notice)
        self._work()

    def fail(self, code: ErrorCode, text: str) -> None:
        """Send a fatal ERROR and close."""
        self._conversation.fail(code, text)
        self._work()

    def replaced(self) -> None:
        """Close without a word: the session goes on elsewhere."""
        self._end()
        self._channel.close()

    def wake(self) -> None:
        """There is something to answer that came from elsewhere."""
        if not self._over:
            self._deadlines.watch(self)  # it had none while it waited for that
            if self._blocked is None:
                self._work()

    # -- Waiting

    def begin(self) -> None:
        """Hear what the peer may have said already; the rest when it comes."""
        self._channel.look()
        if self.waits:
            self._deadlines.watch(self)

    @property
    def waits(self) -> bool:
        """Whether HELLO is still to be answered with a session."""
        return self._greeted is not None and not self._over

    def turn_away(self, text: str) -> None:
        """Say BUSY with this text and close at once."""
        self._service.refusals.count(Refusal.WAITING, self._channel.peer, now=clock())
        self.fail(ErrorCode.BUSY, text)
        self._channel.close()

    # -- Turn

    def turn(self, budget: int) -> bool:  # noqa: ARG002 requests are small
        """Answer some more."""
        if not self._over and self._blocked is None:
            self._work(pages=PAGES)
        return False

    def drop(self) -> None:
        """Close after a defect."""
        self._lost()

    # -- Watched

    def deadline(self) -> float | None:
        """When to look again: the conversation's, or when a stalled peer is given up."""
        if self._over:
            return None
        if self._blocked is not None:
            return self._blocked + self._service.timers.stall_timeout
        if self._conversation.pending:
            # Not heard because not listened to: that is this side's doing, and nobody is dead.
            return clock() + self._service.timers.dead_after
        return self._conversation.deadline()

    def tick(self, *, now: float) -> None:
        """Let time pass."""
        if self._blocked is not None:
            self._lost()
            return
        self._conversation.tick(now=now)
        self._work()

    # -- the socket

    def _readable(self) -> None:
        data = self._channel.read(READ_SIZE)
        if data is None:
            return
        now = clock()
        self._conversation.receive_data(data, now=now)
        self._work(now=now)

    def _work(self, *, pages: int = 0, now: float | None = None) -> None:
        """Answer some of what was received, and so many LISTs among it: these wait for a turn."""
        now = clock() if now is None else now
        for _ in range(REQUESTS):
            if self._conversation.costly:
                pages -= 1
                if pages < 0:
                    break
            if not self._conversation.step(now=now):
                break
        if self._greeted is not None and self._conversation.greeted:
            greeted, self._greeted = self._greeted, None
            greeted(self)
            self._deadlines.watch(self)  # Dead After may end sooner than the time for HELLO
        self._out += self._conversation.data_to_send()
        self._flush()

    def _flush(self) -> None:
        if self._channel.closed or self._over:
            return
        try:
            sent = self._channel.send([self._out]) if self._out else 0
        except OSError:
            self._lost()
            return
        del self._out[:sent]
        if self._out:
            self._wait_for_peer(moved=sent > 0)
        elif self._conversation.pending:
            # The rest when the others had their turn, and only then what the peer asks next.
            self._blocked = None
            self._channel.stop_writing()
            self._channel.pause_reading()
            self._pump.wake(self, costly=self._conversation.costly)
        elif self._conversation.closed:
            self._end()
            self._channel.finish()
        else:
            self._blocked = None
            self._channel.stop_writing()
            self._channel.resume_reading()

    def _wait_for_peer(self, *, moved: bool) -> None:
        # A peer that does not read its answers gets to ask nothing more.
        if self._blocked is None or moved:
            self._blocked = clock()
            self._channel.pause_reading()
            self._channel.await_writable()
            self._deadlines.watch(self)

    def _lost(self) -> None:
        self._conversation.receive_data(b"", now=clock())
        while self._conversation.step(now=clock()):
            pass
        self._end()
        self._channel.close()

    def _end(self) -> None:
        self._over = True
        self._deadlines.watch(self)
        gone, self._gone = self._gone, None
        if gone is not None:
            gone(self)
