# SPDX-License-Identifier: GPL-3.0-or-later
"""A channel over TLS: the same interface, with a handshake in front and records in between.

Plaintext is taken only while no ciphertext waits, so what was taken and has not gone is at most one
record: as much as a data frame, which cannot be taken back once it has begun either.
"""

import errno
import socket
from collections.abc import Callable, Sequence
from typing import Final

from common.tls import RECEIVE, TlsError, TlsPipe
from server.channel import Buffer, Channel
from server.lingering import Lingering
from server.logbook import Logbook
from server.pump import Pump
from server.scratch import Scratch

EVENTS = Logbook("antiphon.server")

HANDSHAKE_RECEIVE: Final = 4096  # bytes; a client says less until it is through


class TlsChannel(Channel):
    """One accepted connection.

    A step of the handshake costs as much as dozens of sends: it waits for a turn, of which there is
    a bounded time between two looks at everything else.
    """

    __slots__ = ("_awaited", "_ciphertext", "_failed", "_pipe", "_scratch", "_turns", "_unread")

    def __init__(
        self,
        sock: socket.socket,
        peer: str,
        pipe: TlsPipe,
        scratch: Scratch,
        turns: Pump,
        *,
        lingering: Lingering,
        readable: Callable[[], None],
        writable: Callable[[], None],
        broken: Callable[[], None],
    ) -> None:
        """As `Channel`; `turns` are those of handshakes."""
        self._pipe = pipe
        self._scratch = scratch
        self._turns = turns
        self._ciphertext = b""  # that the kernel has not taken
        self._awaited = False  # whether `writable` is to be called
        self._unread = False  # whether `read` may have more without anything coming
        self._failed = False
        super().__init__(
            sock,
            peer,
            lingering=lingering,
            readable=readable,
            writable=writable,
            broken=broken,
        )

    # -- Channel

    def read(self, size: int) -> bytes | None:
        """Up to `size` bytes; b"" where peer, transport or secrecy ended, None for later."""
        if self._failed:
            return b""
        if self.closed or not self._pipe.ready:
            return None
        try:
            data = self._pipe.read(size)
            if data is None and (came := self._receive(RECEIVE)) is not None:
                self._pipe.receive(came)
                data = self._pipe.read(size)
        except TlsError as error:
            self._fail(error)
            return b""
        self._unread = data is not None and len(data) == size
        if self._unread and self._reading:
            self._turns.wake(self)
        return data

    def send(self, buffers: Sequence[Buffer]) -> int:
        """Take bytes to send, encrypt them and hand them to the kernel; how many, 0 for later.

        Raises OSError where the transport fails, EFAULT where a mapped file has been cut short, and
        ENOTCONN during the handshake: nobody can be told anything yet.
        """
        if self.closed:
            return 0
        if not self._pipe.ready:
            raise OSError(errno.ENOTCONN, "the handshake is not complete")
        if not self._flush():
            return 0
        if any(isinstance(buffer, memoryview) for buffer in buffers):
            plaintext = self._scratch.copy(buffers)
        else:
            plaintext = memoryview(b"".join(buffers))
        taken = 0
        try:
            while taken < len(plaintext):
                taken += self._pipe.write(plaintext[taken:])
                if not self._flush():
                    break
        except TlsError as error:
            raise OSError(errno.EPROTO, error.text) from error
        return taken

    def unacknowledged(self) -> int:
        """How many bytes are on their way, those that the kernel has not taken among them."""
        return super().unacknowledged() + len(self._ciphertext)

    def resume_reading(self) -> None:
        """Call `readable` again, also for what has come already."""
        was_paused = not self._reading
        super().resume_reading()
        if was_paused and self._unread:
            self._turns.wake(self)

    def await_writable(self) -> None:
        """Call `writable` as long as bytes are taken."""
        self._awaited = True
        super().await_writable()

    def stop_writing(self) -> None:
        """Nothing is left to take; what was taken still goes."""
        self._awaited = False
        if not self._ciphertext:
            super().stop_writing()

    def close(self) -> None:
        """Close now. May be called again."""
        super().close()
        self._ciphertext = b""

    # -- Turn, of handshakes

    def turn(self, budget: int) -> bool:  # noqa: ARG002 a step is a step
        """Go on with the handshake, or with what `read` had no room for."""
        if self.closed:
            return False
        if not self._pipe.ready:
            self._guarded(self._shake)
        elif self._unread and self._reading:
            self._guarded(self._readable)
        return False

    def drop(self) -> None:
        """Close after a defect."""
        self.close()
        self._broken()

    # -- the socket

    def _on_readable(self) -> None:
        if self._pipe.ready:
            super()._on_readable()
        else:
            self._reader.stop()  # what has come waits in the kernel for its turn
            self._turns.wake(self)

    def _shake(self) -> None:
        came = self._receive(HANDSHAKE_RECEIVE)
        try:
            if came is not None:
                self._pipe.receive(came)
                self._pipe.handshake()
            self._flush()
        except TlsError as error:
            self._fail(error)
            self._readable()
            return
        except OSError:
            self._failed = True
            self._readable()
            return
        if self._reading:
            self._reader.start(self._on_readable)
            if self._pipe.ready:
                self._readable()  # the first words may have come in the same breath

    def _fail(self, error: TlsError) -> None:
        """Tell the peer why, where it is still there; the link reads the end."""
        EVENTS.debug(
            "tls_failed", "{peer} does not get through with TLS", peer=self.peer, reason=error.text
        )
        self._failed = True
        try:
            self._flush()
        except OSError:
            self._ciphertext = b""

    def _flush(self) -> bool:
        """Hand ciphertext to the kernel; whether all of it went. Raises OSError."""
        if self._sock is None:
            return True
        while True:
            self._ciphertext = self._ciphertext or self._pipe.data_to_send()
            if not self._ciphertext:
                return True
            try:
                sent = self._sock.send(self._ciphertext)
            except (BlockingIOError, InterruptedError):
                super().await_writable()
                return False
            self._ciphertext = self._ciphertext[sent:]

    def _on_writable(self) -> None:
        try:
            gone = self._flush()
        except OSError:
            self._ciphertext = b""  # whoever sends or reads next finds out
            gone = True
        if not gone:
            return
        if self._linger is not None:
            super().stop_writing()
            super()._end_sending()
        elif self._awaited:
            super()._on_writable()
        else:
            super().stop_writing()

    def _end_sending(self) -> None:
        if self._pipe.ready:
            self._pipe.close()
        try:
            if self._flush():
                super()._end_sending()
        except OSError:
            self.close()
