# SPDX-License-Identifier: GPL-3.0-or-later
"""A server under a swarm of listeners: starts both, reads what the kernel says of the server."""

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from bench.scale.orders import Order, Seen, together
from bench.serving import ROOT, Serving, serving

TICKS: Final = os.sysconf("SC_CLK_TCK")  # of /proc, a second
RATE: Final = 16_000  # bytes a second: 128 kbit/s
FRAME: Final = 417  # bytes
TRACKS: Final = 8


@dataclass(frozen=True, slots=True)
class Busy:
    """Seconds of CPU, of processes since their start and of a core since the kernel's."""

    process: float  # user and system time
    idle: float  # of the core, waiting for disks included
    stolen: float  # from the core, by whoever else the machine under a virtual one serves
    at: float  # when

    def since(self, before: "Busy") -> "Used":
        """What was used from `before` until now."""
        span = self.at - before.at
        return Used(
            (self.process - before.process) / span,
            max(0.0, 1 - (self.idle - before.idle) / span),
            (self.stolen - before.stolen) / span,
        )


class Used(NamedTuple):
    """Shares of a core over some time."""

    process: float  # by the processes
    core: float  # by anything, what was stolen while there was work to do included
    stolen: float


def busy(pids: Iterable[int], core: int) -> Busy:
    """As the kernel counts now; raises OSError where a process is gone."""
    used = cpu_seconds(pids)
    for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
        name, *counts = line.split()
        if name == f"cpu{core}":
            idle, waiting, stolen = (int(counts[at]) for at in (3, 4, 7))
            return Busy(used, (idle + waiting) / TICKS, stolen / TICKS, time.monotonic())
    raise OSError(f"there is no core {core}")


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of the processes until now; raises OSError where one is gone."""
    return sum(_process_seconds(pid) for pid in pids)


def _process_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(pids: Iterable[int]) -> int:
    """Bytes of anonymous memory of the processes: mapped songs left out. Raises OSError."""
    return sum(_anonymous(pid) for pid in pids)


def _anonymous(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise OSError("no RssAnon")


def write_songs(folder: Path, *, seconds: float) -> None:
    """Songs of 128 kbit/s that last at least so long, out of noise."""
    rng = random.Random(1)
    header = bytes.fromhex("fffb9064") + bytes(32)
    for number in range(1, TRACKS + 1):
        frames = int(seconds * RATE / FRAME) + 100
        body = (header + rng.randbytes(FRAME - len(header)) for _ in range(frames))
        (folder / f"{number}.mp3").write_bytes(b"".join(body))


@contextmanager
def on_cores(cores: set[int]) -> Generator[None]:
    """What is started inside has these cores from its first thread on."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


@contextmanager
def alone_on_a_core(folder: Path, options: Sequence[str], core: int) -> Generator[Serving]:
    """A server that no other process of this measurement disturbs."""
    with contextlib.ExitStack() as stack:
        with on_cores({core}):
            server = stack.enter_context(
                serving(folder, ("--max-sessions-per-address", "0", *options)),
            )
        yield server


class LoadError(Exception):
    """The listeners could not do their work."""


class SwarmProcess:
    """Simulated listeners in a process of their own, on cores of their own."""

    def __init__(self, order: Order, *, cores: set[int]) -> None:
        """Start the process; its listeners wait for `begin`."""
        with on_cores(cores):
            self._process = subprocess.Popen(
                (sys.executable, "-m", "bench.swarm"),
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        self.pid = self._process.pid
        self._say(order.to_json())

    def ready(self) -> None:
        """Wait until it has its listeners; raises LoadError."""
        self._line()

    def begin(self) -> None:
        """Let the listeners connect."""
        self._say("begin")

    def begun(self) -> Seen:
        """Wait until all have begun, or will not; raises LoadError."""
        return Seen.from_json(self._line())

    def stop(self) -> Seen:
        """End; what they have seen. Raises LoadError."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        seen = Seen.from_json(self._line())
        self._process.wait()
        return seen

    def kill(self) -> None:
        """End at once, whatever it does. May be called again."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _say(self, line: str) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(f"{line}\n")
                self._process.stdin.flush()

    def _line(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise LoadError("a process of listeners has died; what it said is above")
        return line


class Swarms:
    """The listeners of one measurement, shared out among processes."""

    def __init__(self, orders: Iterable[Order], *, cores: set[int]) -> None:
        """Start the processes and wait until all are ready; raises LoadError."""
        self._processes = [SwarmProcess(order, cores=cores) for order in orders]
        self.pids = [process.pid for process in self._processes]
        try:
            for process in self._processes:
                process.ready()
        except LoadError:
            self.kill()
            raise

    def begin(self) -> Seen:
        """Let all begin; what they had seen when the last one had. Raises LoadError."""
        for process in self._processes:
            process.begin()
        return together([process.begun() for process in self._processes])

    def stop(self) -> Seen:
        """End; what all have seen. Raises LoadError."""
        return together([process.stop() for process in self._processes])

    def kill(self) -> None:
        """End at once. May be called again."""
        for process in self._processes:
            process.kill()
