# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP connections without a kernel: bytes on their way, and the server's channel at one end."""

from collections.abc import Callable, Sequence
from typing import Final

from common.errors import ErrorCode
from control.framing import Deframer as ControlDeframer
from control.session_messages import Error
from data.frames import Deframer as DataDeframer
from data.frames import Fail

ROOM: Final = 2500  # bytes that the server's kernel takes while the peer takes none
# What an honest server says of honest clients: that time is over, that it has forgotten them, that
# there is no such track, and that a PLAY which a STOP was for was refused.
DESERVED: Final = frozenset(
    {
        ErrorCode.TIMEOUT,
        ErrorCode.NO_SUCH_SESSION,
        ErrorCode.NO_SUCH_TRACK,
        ErrorCode.NO_SUCH_STREAM,
        ErrorCode.BAD_TICKET,
    }
)


class Pipe:
    """One direction: bytes that were sent and have not arrived."""

    def __init__(self) -> None:
        self.under_way = bytearray()
        self.is_cut = False
        self._end_seen = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to arrive, not even its end."""
        return not self.under_way and (self._end_seen or not self.is_cut)

    def send(self, data: bytes | bytearray | memoryview) -> None:
        """Queue bytes; into a cut pipe they vanish."""
        if not self.is_cut:
            self.under_way += data

    def arrive(self, size: int) -> bytes | None:
        """Up to `size` bytes; b"" once for the end, None where there is nothing."""
        if self.under_way:
            data = bytes(self.under_way[:size])
            del self.under_way[:size]
            return data
        if self.is_cut and not self._end_seen:
            self._end_seen = True
            return b""
        return None

    def cut(self, lost: int = 0) -> None:
        """No byte more gets in, and the last `lost` never arrive."""
        self.is_cut = True
        del self.under_way[max(0, len(self.under_way) - lost) :]


class Wire:
    """A connection; it has the socket's place where the server accepts."""

    def __init__(self, *, is_control: bool) -> None:
        self.is_control = is_control
        self.up, self.down = Pipe(), Pipe()
        self.arrived = bytearray()  # in the server's kernel
        self.up_ended = False
        self.channel: FakeChannel | None = None
        self._said = ControlDeframer() if is_control else DataDeframer()

    def lose(self, up: int, down: int) -> None:
        """It breaks; so many bytes on their way never arrive, and each end will see that it did."""
        self.up.cut(up)
        self.down.cut(down)

    def deliver_up(self, size: int) -> bool:
        """Some bytes, or the end, arrive in the server's kernel; whether anything did."""
        data = self.up.arrive(size)
        if data is None:
            return False
        self.arrived += data
        self.up_ended = self.up_ended or not data
        return True

    def overhear(self, data: bytes) -> None:
        """What the server says: no accusation but those that are deserved."""
        for said in self._said.feed(data):
            found = said.message if isinstance(said, tuple) else said
            if isinstance(found, Error | Fail):
                assert found.code in DESERVED, found


class FakeChannel:
    """A server's channel on a wire: the real one's interface, without a hub."""

    def __init__(
        self,
        sock: Wire,
        peer: str,
        *,
        readable: Callable[[], None],
        writable: Callable[[], None],
        **_: object,
    ) -> None:
        self.peer = peer
        self._wire: Wire | None = sock
        self._readable, self._writable = readable, writable
        self._reading, self._writing, self._finished = True, False, False
        sock.channel = self

    @property
    def closed(self) -> bool:
        return self._wire is None

    @property
    def is_idle(self) -> bool:
        """Whether the hub has nothing to call it for."""
        wire = self._wire
        waits = wire is not None and self._reading and bool(wire.arrived or wire.up_ended)
        return not waits and not (self._writing and self._room())

    def look(self) -> None:
        """What the hub would do when it looks at the socket."""
        wire = self._wire
        if wire is None:
            return
        if self._finished:
            wire.arrived.clear()
            if wire.up_ended:
                self.close()
        elif self._reading and (wire.arrived or wire.up_ended):
            self._readable()
        if self._wire is not None and self._writing and self._room():
            self._writable()

    def bound_unsent(self, size: int) -> None:
        pass

    def read(self, size: int) -> bytes | None:
        wire = self._wire
        if wire is None or not (wire.arrived or wire.up_ended):
            return None
        data = bytes(wire.arrived[:size])
        del wire.arrived[:size]
        return data

    def send(self, buffers: Sequence[bytes | bytearray | memoryview]) -> int:
        wire = self._wire
        if wire is None:
            return 0
        data = b"".join(buffers)[: self._room()]
        wire.overhear(data)
        wire.down.send(data)
        return len(data)

    def unacknowledged(self) -> int:
        return 0 if self._wire is None else len(self._wire.down.under_way)

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True

    def await_writable(self) -> None:
        self._writing = True

    def stop_writing(self) -> None:
        self._writing = False

    def finish(self) -> None:
        self._writing, self._reading, self._finished = False, True, True
        if self._wire is not None:
            self._wire.down.cut()

    def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.down.cut()

    def _room(self) -> int:
        wire = self._wire
        if wire is None:
            return 0
        return ROOM if wire.down.is_cut else max(0, ROOM - len(wire.down.under_way))


class FakeTransport:
    """Makes such channels of accepted wires."""

    busy = False
    channel = FakeChannel

    def last_word(self, sock: Wire, word: bytes) -> None:
        raise AssertionError(f"no room for two listeners: {word!r}")
