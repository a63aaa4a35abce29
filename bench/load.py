# SPDX-License-Identifier: GPL-3.0-or-later
"""A server under a swarm of listeners: starts both, reads what the kernel says of the server."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.serving import ROOT, Serving, serving
from bench.swarm import Seen

TICKS: Final = os.sysconf("SC_CLK_TCK")  # of /proc, a second
RATE: Final = 16_000  # bytes a second: 128 kbit/s
FRAME: Final = 417  # bytes
TRACKS: Final = 8


@dataclass(frozen=True, slots=True)
class Busy:
    """Seconds of CPU, of the process since its start and of its core since the kernel's."""

    process: float  # user and system time of the server
    idle: float  # of the core that it runs on, waiting for disks included
    at: float  # when

    def since(self, before: "Busy") -> tuple[float, float]:
        """(share of a core that the process used, share of its core that anything used)."""
        span = self.at - before.at
        used = (self.process - before.process) / span
        return used, max(0.0, 1 - (self.idle - before.idle) / span)


def busy(pid: int, core: int) -> Busy:
    """As the kernel counts now; raises OSError where the process is gone."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    used = (int(fields[11]) + int(fields[12])) / TICKS
    for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
        name, *counts = line.split()
        if name == f"cpu{core}":
            return Busy(used, (int(counts[3]) + int(counts[4])) / TICKS, time.monotonic())
    raise OSError(f"there is no core {core}")


def resident(pid: int) -> int:
    """Bytes of memory of the process alone, mapped songs left out."""
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
def alone_on_a_core(folder: Path, options: Sequence[str], core: int) -> Generator[Serving]:
    """A server that no other process of this measurement disturbs."""
    with serving(folder, ("--max-sessions-per-address", "0", *options)) as server:
        os.sched_setaffinity(server.pid, {core})
        yield server


class SwarmProcess:
    """Simulated listeners in a process of their own."""

    def __init__(
        self, port: int, listeners: int, *, period: float, rate: float, seed: int, cores: set[int]
    ) -> None:
        self._process = subprocess.Popen(
            (
                *(sys.executable, "-m", "bench.swarm", str(port), str(listeners)),
                *(str(period), str(rate), str(TRACKS), str(seed)),
            ),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        os.sched_setaffinity(self._process.pid, cores)

    def attached(self) -> Seen:
        """Wait until all are attached; raises RuntimeError where they are not."""
        return self._line()

    def stop(self) -> Seen:
        """End; what they have seen."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        seen = self._line()
        self._process.wait()
        return seen

    def kill(self) -> None:
        """End at once, whatever it does."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _line(self) -> Seen:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise RuntimeError("the listeners could not attach")
        return Seen(**json.loads(line))
