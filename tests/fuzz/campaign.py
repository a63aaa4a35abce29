# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs targets in processes of their own, and reads libFuzzer's words."""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PER_INPUT: Final = 5  # seconds; nothing here may take so long for so few bytes
MEMORY: Final = 1024  # MiB of the whole process; no length that is claimed may be allocated
_STARTING: Final = 120  # seconds for the process to begin and to end

_PROGRESS: Final = re.compile(r"^#(\d+)\s.*?cov: (\d+) ft: (\d+)", re.MULTILINE)
_EXECUTIONS: Final = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)
_RATE: Final = re.compile(r"^stat::average_exec_per_sec:\s*(\d+)", re.MULTILINE)
# What atheris says above a traceback, and what libFuzzer says of time and memory.
_RAISED: Final = re.compile(r"Uncaught Python exception: ===\n(.+)")
_GAVE_UP: Final = re.compile(r"^(?:==\d+== ?ERROR: )?(.*libFuzzer: .+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one target.

    Attributes:
        executions: inputs tried.
        rate: inputs a second.
        edges: branches of the watched code that some input took.
        features: edges by how often they were taken, and comparisons.
        crashes: inputs that broke it.
        why: what the first of them came to; empty where none did.
        log: all that was said.
    """

    name: str
    executions: int
    rate: int
    edges: int
    features: int
    why: str
    log: Path
    crashes: tuple[Path, ...] = field(default=())

    @property
    def is_broken(self) -> bool:
        """Whether an input broke the target, or the fuzzer ended in any other wrong way."""
        return bool(self.why)


class Campaign:
    """Several targets, each with a folder for its corpus, its log and its crashes."""

    def __init__(self, folder: Path, seconds: int) -> None:
        self._folder = folder
        self._seconds = seconds

    def run(self, name: str) -> Result:
        """Fuzz one target."""
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        before = set(_artifacts(folder))
        options = (
            f"-max_total_time={self._seconds}",
            f"-timeout={PER_INPUT}",
            f"-rss_limit_mb={MEMORY}",
            f"-artifact_prefix={folder}/",
            "-print_final_stats=1",
        )
        command = (sys.executable, "-m", "tests.fuzz.engine", name, str(folder / "corpus"))
        log = folder / "log"
        most = self._seconds + _STARTING
        with log.open("wb") as output:
            try:
                status = subprocess.run(
                    (*command, *options),
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=most,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                output.write(b"\nlibFuzzer: not ended in time\n")
                status = 1
        said = log.read_text("utf-8", "replace")
        crashes = tuple(path for path in _artifacts(folder) if path not in before)
        return read(name, said, log, status=status, crashes=crashes)


def _artifacts(folder: Path) -> Iterator[Path]:
    for kind in ("crash", "timeout", "oom", "leak"):
        yield from sorted(folder.glob(f"{kind}-*"))


def read(name: str, said: str, log: Path, *, status: int, crashes: tuple[Path, ...] = ()) -> Result:
    """The result that libFuzzer's words and its exit status come to."""
    progress = _PROGRESS.findall(said)
    tried, edges, features = map(int, progress[-1]) if progress else (0, 0, 0)
    why = ""
    if status or crashes:
        found = _RAISED.search(said) or _GAVE_UP.search(said)
        why = found[1].strip() if found else f"the fuzzer ended with status {status}"
    elif not progress:
        why = "the fuzzer tried nothing"
    return Result(
        name=name,
        executions=max(tried, *map(int, _EXECUTIONS.findall(said) or ["0"])),
        rate=max(map(int, _RATE.findall(said)), default=0),
        edges=edges,
        features=features,
        why=why,
        log=log,
        crashes=crashes,
    )


def table(results: Iterable[Result]) -> Iterator[str]:
    """A line for each target, in columns, below a heading."""
    layout = "{:<16} {:>12} {:>8} {:>7} {:>9} {:>8}"
    yield layout.format("target", "executions", "exec/s", "edges", "features", "crashes")
    for r in results:
        crashes = max(len(r.crashes), int(r.is_broken))
        yield layout.format(r.name, r.executions, r.rate, r.edges, r.features, crashes)
