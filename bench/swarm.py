# SPDX-License-Identifier: GPL-3.0-or-later
"""Many simulated listeners in one process: they grant credit in time, and count what comes.

`python -m bench.swarm PORT LISTENERS PERIOD RATE TRACKS SEED` attaches all of them, writes a line,
lets them play until its standard input ends, and writes what they have seen as one line of JSON.
They decode and compare nothing: a client's work must not hide the server's.
"""

import heapq
import json
import random
import selectors
import socket
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Final

from control.framing import HEADER, encode
from control.message import Type
from control.music_messages import Credit, Play, StartKind
from control.roles import ClientConnection
from control.session_messages import Hello, Ping, Welcome
from data.connection import ClientDataConnection
from data.frames import Attached

HOST: Final = "127.0.0.1"
PATIENCE: Final = 20.0  # seconds for any one answer while attaching
PING_EVERY: Final = 15.0  # seconds, of who does not play
SHORT: Final = 1441  # bytes by which a server may stay below a limit: one MPEG frame


@dataclass(slots=True)
class Seen:
    """What the listeners of one process have seen."""

    listeners: int
    attach_seconds: float
    payload_bytes: int = 0
    top_ups: int = 0
    late: int = 0  # top-ups that were not complete when the next one was due
    errors: list[str] = field(default_factory=list[str])
    latencies_ms: list[float] = field(default_factory=list[float])  # from CREDIT to its last byte


@dataclass(slots=True, eq=False)
class Listener:
    """One listener's two sockets and its place in the song."""

    control: socket.socket
    data: socket.socket
    number: int  # of its latest request
    received: int = 0  # bytes, headers of frames included
    limit: int = 0  # audio offset up to which it has granted
    asked: float | None = None  # when, unless all of it has come


class Swarm:
    """All listeners of one process."""

    def __init__(
        self, port: int, listeners: int, *, period: float, rate: float, tracks: int
    ) -> None:
        """Attach; `rate` is in bytes per second, and 0 for listeners who play nothing."""
        begin = time.monotonic()
        self._step = int(period * rate)
        self._period = period if rate else PING_EVERY
        self._tracks = tracks
        self._selector = selectors.EpollSelector()
        self._buffer = bytearray(1 << 20)
        self._listeners = [self._attach(port) for _ in range(listeners)]
        self.seen = Seen(listeners, round(time.monotonic() - begin, 2))

    def run(self, seed: int) -> None:
        """Play until standard input ends."""
        now = time.monotonic()
        rng = random.Random(seed)
        due = [(now + rng.uniform(0, self._period), index) for index in range(len(self._listeners))]
        heapq.heapify(due)
        self._selector.register(sys.stdin, selectors.EVENT_READ, None)
        while True:
            timeout = max(0.0, due[0][0] - time.monotonic())
            for key, _ in self._selector.select(timeout):
                if key.data is None:
                    return
                self._read(key.data, key.fileobj is key.data.control)
            now = time.monotonic()
            while due[0][0] <= now:
                at, index = due[0]
                self._ask(self._listeners[index], index, now)
                heapq.heapreplace(due, (at + self._period, index))

    def _attach(self, port: int) -> Listener:
        control = _connected(port)
        connection = ClientConnection()
        connection.hello(Hello(1, 1, agent="swarm"), now=0.0)
        control.sendall(connection.data_to_send())
        (event,) = connection.receive_data(control.recv(4096), now=0.0)
        welcome = getattr(event, "message", event)
        if not isinstance(welcome, Welcome):
            raise SystemExit(f"no WELCOME but {event}")
        data = _connected(welcome.data_port)
        frames = ClientDataConnection(welcome.session, welcome.ticket)
        data.sendall(frames.data_to_send())
        (attached,) = frames.receive_data(data.recv(4096))
        if not isinstance(attached, Attached):
            raise SystemExit(f"not ATTACHED but {attached}")
        listener = Listener(control, data, number=1)
        for sock in (control, data):
            sock.setblocking(False)  # noqa: FBT003 its only name
            self._selector.register(sock, selectors.EVENT_READ, listener)
        return listener

    def _ask(self, listener: Listener, index: int, now: float) -> None:
        """PLAY the first time, CREDIT from then on; PING where nothing is to be played."""
        listener.number += 1
        if self._step == 0:
            message = encode(listener.number, Ping(listener.number))
        elif listener.limit == 0:
            listener.limit = self._step
            track = index % self._tracks + 1
            play = Play(track, 1, StartKind.OFFSET, 0, self._step)
            message = encode(listener.number, play)
        else:
            listener.limit += self._step
            message = encode(listener.number, Credit(1, listener.limit))
        if listener.asked is not None:
            self.seen.late += 1
        listener.asked = now if self._step else None
        try:
            listener.control.send(message)
        except OSError as error:
            self.seen.errors.append(f"control: {error}")

    def _read(self, listener: Listener, is_control: bool) -> None:  # noqa: FBT001 of two sockets
        sock = listener.control if is_control else listener.data
        try:
            count = sock.recv_into(self._buffer)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if count == 0:
            self._selector.unregister(sock)
            self.seen.errors.append("control closed" if is_control else "data closed")
        elif is_control:
            _, kind, _ = HEADER.unpack_from(self._buffer)
            if kind in {Type.ERROR, Type.BYE}:
                self.seen.errors.append(Type(kind).name)
        else:
            listener.received += count
            self.seen.payload_bytes += count
            if listener.asked is not None and listener.received >= listener.limit - SHORT:
                self.seen.top_ups += 1
                elapsed = time.monotonic() - listener.asked
                self.seen.latencies_ms.append(round(1000 * elapsed, 2))
                listener.asked = None


def _connected(port: int) -> socket.socket:
    sock = socket.create_connection((HOST, port), PATIENCE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def main() -> None:
    """Attach, tell, play, tell."""
    port, listeners, period, rate, tracks, seed = sys.argv[1:]
    swarm = Swarm(
        int(port), int(listeners), period=float(period), rate=float(rate), tracks=int(tracks)
    )
    print(json.dumps(asdict(swarm.seen)), flush=True)
    swarm.run(int(seed))
    print(json.dumps(asdict(swarm.seen)), flush=True)


if __name__ == "__main__":
    main()
