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
        self._ready: dict[int, Callable[[], None]] = {}
        self._listeners = [KINDS[order.kind](self, order, at) for at in range(order.listeners)]
        self._turns: list[float] = []  # seconds that each one lasted
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
        control, sound = sys.stdin.fileno(), self._sound.fileno()
        begin = self.now()
        order = self._order
        apart = order.ramp / order.listeners
        due: list[tuple[float, int, Listener]] = [
            (begin + at * apart, at, listener) for at, listener in enumerate(self._listeners)
        ]
        period = order.period or NEVER
        deadline = begin + order.ramp + PATIENCE
        told = False
        while True:
            if not told and (self.seen.begun == order.listeners or self.now() > deadline):
                told = True
                _tell(self.seen)
            events = self._poll.poll(self._patience(due, told=told), EVENTS)
            awake = self.now()
            if len(events) > 1 or (events and events[0][0] != sound):
                for number, _ in events:
                    if number == control:
                        self._finish()
                        return
                    if number != sound:
                        self._call(number)
            elif events:
                for number, _ in self._sound.poll(0, EVENTS):
                    self._call(number)
            now = self.now()
            while due and due[0][0] <= now:
                at, index, listener = due[0]
                if not listener.started:
                    self._begin(listener, begin)
                else:
                    listener.ask()
                heapq.heapreplace(due, (at + period, index, listener))
            while self._later and self._later[0][0] <= now:
                heapq.heappop(self._later)[-1]()
            self._turns.append(self.now() - awake)

    def _patience(self, due: list[tuple[float, int, Listener]], *, told: bool) -> float:
        """How long to sleep where nothing comes."""
        if not told and not self._order.ramp:
            # A herd does not sleep: who sends to a process that does is charged with waking it,
            # and a server whose listeners are elsewhere never is.
            return 0.0
        following = [heap[0][0] for heap in (due, self._later) if heap]
        wait = max(0.0, min(following) - self.now()) if following else 1.0
        return wait if told else min(wait, 0.5)

    def _call(self, number: int) -> None:
        ready = self._ready.get(number)
        if ready is not None:
            ready()

    def _begin(self, listener: Listener, begin: float) -> None:
        try:
            listener.begin()
        except OSError as error:
            self.seen.errors.append(f"connect: {error}")
        self.seen.spread_ms = round(1000 * (listener.started - begin), 2)

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
