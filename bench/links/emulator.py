# SPDX-License-Identifier: GPL-3.0-or-later
"""One direction of a link: packets and times in, packets with the times at which they arrive out.

No socket, no clock. Everything is known when a packet comes in, because no later one overtakes it.
"""

from collections import deque
from dataclasses import dataclass
from random import Random

from bench.links.path import Path, end_of

LATE_S = 0.005  # seconds


@dataclass(slots=True)
class Counts:
    """What became of packets so far."""

    came: int = 0
    delivered: int = 0
    delivered_bytes: int = 0
    lost: int = 0  # by chance
    dropped: int = 0  # because the queue was full
    cut: int = 0  # in an outage
    late: int = 0  # delivered more than LATE_S after they were due


class Emulator:
    """The state of one direction: what waits, what travels, and the dice."""

    def __init__(self, path: Path, random: Random) -> None:
        """Same path, same seed, same packets: same fate."""
        self.counts = Counts()
        self._path = path
        self._random = random
        self._origin: float | None = None  # when the link's clock showed 0; None: not started
        self._free_at = float("-inf")  # when the last packet that was taken in is sent
        self._waiting: deque[tuple[float, int]] = deque()  # (sent at, bytes)
        self._queued = 0  # bytes in `_waiting`
        self._travelling: deque[tuple[float, bytes]] = (
            deque()
        )  # (due, packet); the first one blocks
        self._in_bad_state = False
        self.change(path)

    def begin(self, now: float, *, phase: float = 0.0) -> None:
        """Let the link's clock show `phase` now; before that, its rate is the first one's."""
        self._origin = now - phase

    def change(self, path: Path) -> None:
        """What comes in from now on meets another path; what was sent arrives as it would have."""
        self._path = path
        # Gilbert: everything is lost in the bad state, nothing in the good one.
        self._leave_bad = 1.0 / path.burst if path.burst else 0.0
        self._leave_good = self._leave_bad * path.loss / (1.0 - path.loss) if path.loss < 1 else 1.0

    def push(self, packet: bytes, now: float) -> None:
        """A packet comes in at `now`, never before an earlier one."""
        self.counts.came += 1
        while self._waiting and self._waiting[0][0] <= now:
            self._queued -= self._waiting.popleft()[1]
        path, size = self._path, len(packet)
        start = max(now, self._free_at)
        # What is on the wire is not in the queue, but it is no more than one packet.
        if path.rates and self._waiting and self._queued + size > path.queue:
            self.counts.dropped += 1
            return
        sent = self._sent_at(size, start)
        if path.rates:
            self._free_at = sent
            self._waiting.append((sent, size))
            self._queued += size
        if self._origin is not None and end_of(path.cuts, sent - self._origin) is not None:
            self.counts.cut += 1
        elif self._is_lost():
            self.counts.lost += 1
        else:
            self._travelling.append((self._due(sent), packet))

    def pull(self, now: float) -> list[bytes]:
        """The packets that arrive up to `now`, in order."""
        arrived: list[bytes] = []
        travelling = self._travelling
        while travelling and travelling[0][0] <= now:
            due, packet = travelling.popleft()
            arrived.append(packet)
            self.counts.late += now - due > LATE_S
        self.counts.delivered += len(arrived)
        self.counts.delivered_bytes += sum(map(len, arrived))
        return arrived

    def deadline(self) -> float | None:
        """When to call `pull` next."""
        return self._travelling[0][0] if self._travelling else None

    def _sent_at(self, size: int, start: float) -> float:
        if not self._path.rates:
            return start
        if self._origin is None:
            return start + size * 8 / self._path.rates[0].rate
        return self._path.sent_at(size, start - self._origin) + self._origin

    def _due(self, sent: float) -> float:
        due = sent + self._path.delay
        if self._path.jitter:
            due += self._random.uniform(-self._path.jitter, self._path.jitter)
        if self._origin is not None:
            held_until = end_of(self._path.holds, due - self._origin)
            if held_until is not None:
                due = held_until + self._origin
        return due

    def _is_lost(self) -> bool:
        loss = self._path.loss
        if not loss:
            return False
        if not self._path.burst:
            return self._random.random() < loss
        leave = self._leave_bad if self._in_bad_state else self._leave_good
        if self._random.random() < leave:
            self._in_bad_state = not self._in_bad_state
        return self._in_bad_state
