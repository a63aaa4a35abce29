# SPDX-License-Identifier: GPL-3.0-or-later
"""Many simulated listeners in one process: plain epoll, one shared buffer, one heap of times.

`python -m bench.swarm` reads an order (bench/scale/orders.py) as a line of JSON from its standard
input, and then a line to begin. It writes a line when all listeners have begun, and when its input
ends another with what they have seen.
"""

import gc
import heapq
import select
import socket
import sys
import time
from collections.abc import Callable
from typing import Final

from bench.scale.listener import BUFFER, Listener
from bench.scale.listeners import KINDS
from bench.scale.orders import Order, Seen

PATIENCE: Final = 20.0  # seconds, after the last has connected, until all should have begun
AWAKE: Final = 2.0  # seconds for which a herd does not sleep, unless it has all begun before
NEVER: Final = 1e9  # seconds; how often those ask who do not play
EVENTS: Final = 512  # handled before the clock is looked at again


class Swarm:
    """All listeners of one process."""

    def __init__(self, order: Order) -> None:
        """Nobody is connected."""
        self.seen = Seen()
        self.buffer = bytearray(BUFFER)
        self.now: Callable[[], float] = time.monotonic
        self._order = order
        self._offset = time.monotonic() - time.time()
        self._poll = select.epoll()
        # A listener that has been answered must not wait because another one's sound has come.
        self._sound = select.epoll()
        self._poll.register(self._sound, select.EPOLLIN)
        self._sound_number = self._sound.fileno()
        self._input_number = sys.stdin.fileno()
        self._ready: dict[int, Callable[[], None]] = {}
        self._listeners = [KINDS[order.kind](self, order, at) for at in range(order.listeners)]
        self._turns: list[float] = []  # seconds that each one lasted
        self._began = 0.0  # when the first listener did
        self._has_told = False  # that all of them have
        # When they begin or ask next, and a number against ties.
        self._due: list[tuple[float, int, Listener]] = []
        # When, a number against ties, and what.
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def watch(self, sock: socket.socket, ready: Callable[[], None], *, urgent: bool) -> None:
        """Call `ready` whenever something has come; what is urgent goes before all else."""
        number = sock.fileno()
        if number in self._ready:
            self._poll.unregister(number)
        self._ready[number] = ready
        (self._poll if urgent else self._sound).register(number, select.EPOLLIN)

    def await_connected(self, sock: socket.socket, ready: Callable[[], None]) -> None:
        """Call `ready` once it is connected, or has failed to."""
        self._ready[sock.fileno()] = ready
        self._poll.register(sock, select.EPOLLOUT)

    def time_of(self, stamp: float) -> float:
        """A time of the kernel's real-time clock on that of `now`."""
        return stamp + self._offset

    def at(self, when: float, say: Callable[[], None]) -> None:
        """Call `say` then, once."""
        self._count += 1
        heapq.heappush(self._later, (when, self._count, say))

    def forget(self, sock: socket.socket) -> None:
        """Watch it no more, and close it."""
        self._ready.pop(sock.fileno(), None)
        sock.close()

    def run(self) -> None:
        """Let all begin and go on until standard input ends; tells on standard output."""
        self._poll.register(sys.stdin, select.EPOLLIN)
        self._began = self.now()
        apart = self._order.ramp / self._order.listeners
        self._due = [
            (self._began + at * apart, at, listener) for at, listener in enumerate(self._listeners)
        ]
        while True:
            self._tell_once()
            events = self._poll.poll(self._patience(), EVENTS)
            awake = self.now()
            if not self._hear(events):
                break
            self._speak(self.now())
            self._turns.append(self.now() - awake)
        self._finish()

    def _tell_once(self) -> None:
        """That all have begun, or that it has taken too long."""
        if self._has_told:
            return
        late = self._began + self._order.ramp + PATIENCE
        if self.seen.begun == self._order.listeners or self.now() > late:
            self._has_told = True
            _tell(self.seen)

    def _patience(self) -> float:
        """How long to sleep where nothing comes."""
        is_herd = not self._has_told and not self._order.ramp
        if is_herd and self.now() < self._began + AWAKE:
            # It does not sleep: who sends to a process that does is charged with waking it, and a
            # server whose listeners are elsewhere never is.
            return 0.0
        following = [heap[0][0] for heap in (self._due, self._later) if heap]
        wait = max(0.0, min(following) - self.now()) if following else 1.0
        return wait if self._has_told else min(wait, 0.5)

    def _hear(self, events: list[tuple[int, int]]) -> bool:
        """Let those read to whom something has come; whether standard input goes on."""
        numbers = [number for number, _ in events if number != self._sound_number]
        if events and not numbers:
            numbers = [number for number, _ in self._sound.poll(0, EVENTS)]
        for number in numbers:
            if number == self._input_number:
                return False
            self._call(number)
        return True

    def _speak(self, now: float) -> None:
        """Let those begin, ask for their next grant or say something whose time has come."""
        period = self._order.period or NEVER
        due, later = self._due, self._later
        while due and due[0][0] <= now:
            at, index, listener = due[0]
            if not listener.started:
                self._begin(listener)
            else:
                listener.ask()
            heapq.heapreplace(due, (at + period, index, listener))
        while later and later[0][0] <= now:
            heapq.heappop(later)[-1]()

    def _call(self, number: int) -> None:
        ready = self._ready.get(number)
        if ready is not None:
            ready()

    def _begin(self, listener: Listener) -> None:
        try:
            listener.begin()
        except OSError as error:
            self.seen.errors.append(f"connect: {error}")
        self.seen.spread_ms = round(1000 * (listener.started - self._began), 2)

    def _finish(self) -> None:
        now = self.now()
        seen = self.seen
        for listener in self._listeners:
            seen.sound_bytes += listener.ledger.received
            seen.late_bytes += listener.ledger.late_by(now)
        self._turns.sort()
        seen.lag_ms = round(1000 * self._turns[int(0.99 * len(self._turns))], 2)
        seen.worst_lag_ms = round(1000 * self._turns[-1], 2)
        _tell(seen)


def _tell(seen: Seen) -> None:
    print(seen.to_json(), flush=True)


def main() -> None:
    """Take the order, wait for the word, play, tell."""
    swarm = Swarm(Order.from_json(sys.stdin.readline()))
    gc.disable()  # its pauses would be the server's
    print("ready", flush=True)
    sys.stdin.readline()
    swarm.run()


if __name__ == "__main__":
    main()
