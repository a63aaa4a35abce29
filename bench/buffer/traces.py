# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded throughput: what a link could carry, second by second, read from files and repeated.

Two formats: JSON lines (`{"id", "set", "group", "steps": [[seconds, kbit/s], …]}`) and mahimahi's
(a line for each 1500-byte packet that could be delivered, its time in milliseconds).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PACKET = 1500  # bytes that one line of a mahimahi trace lets pass
MAHIMAHI_STEP = 0.1  # seconds; packets are summed up in steps
MAX_STEPS = 1_000_000  # of one trace
# Wider than any link or recording, and so narrow that sums of as many steps stay exact enough.
LEAST_STEP = 0.001  # seconds
MOST_STEP = 86_400.0  # seconds
MOST_RATE = 1e9  # kbit/s
MOST_DIGITS = 15  # of a time in milliseconds
MAHIMAHI_NAMES = frozenset({".mahi", ".mahimahi", ".up", ".down", ".trace", ".log", ".pps"})


class TraceError(ValueError):
    """A file of traces says something that cannot be; the sentence names file and line."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One recording; after its end it begins again.

    Attributes:
        name: tells it from all others of its set.
        set: where it was recorded, by whom.
        group: the route, or whatever else makes recordings resemble each other.
        times: seconds at which a step begins, and the end; from 0.
        bytes: how much had passed by then; from 0.
    """

    name: str
    set: str
    group: str
    times: Array
    bytes: Array

    @property
    def duration(self) -> float:
        """Seconds of one round."""
        return float(self.times[-1])

    @property
    def mean(self) -> float:
        """Bytes per second."""
        return float(self.bytes[-1] / self.times[-1])

    def points(self, begin: float, size: float) -> tuple[Array, Array]:
        """Times since `begin` and bytes since then, at every change of rate, until `size` passed.

        `begin` in seconds from the trace's own start; `size` in bytes.
        """
        before = float(np.interp(begin, self.times, self.bytes))
        rounds = int((before + size) // self.bytes[-1]) + 1
        times = np.concatenate([self.times[:-1] + k * self.duration for k in range(rounds + 1)])
        sums = np.concatenate([self.bytes[:-1] + k * self.bytes[-1] for k in range(rounds + 1)])
        first = int(np.searchsorted(times, begin, side="right"))
        last = int(np.searchsorted(sums, before + size, side="left")) + 1
        return (
            np.concatenate([[0.0], times[first:last] - begin]),
            np.concatenate([[0.0], sums[first:last] - before]),
        )


def trace(name: str, steps: Sequence[tuple[float, float]], *, of: str, group: str) -> Trace:
    """A trace of steps (seconds, kbit/s); raises ValueError where they cannot be."""
    if not steps or len(steps) > MAX_STEPS:
        raise ValueError(f"a trace must have 1 to {MAX_STEPS} steps, not {len(steps)}")
    seconds, rates = np.array(steps, dtype=np.float64).T
    if not (np.isfinite(seconds).all() and np.isfinite(rates).all()):
        raise ValueError("every step must be a finite number of seconds and of kbit/s")
    if not (seconds > 0).all() or not (rates >= 0).all():
        raise ValueError("a step must last longer than 0 seconds and carry at least 0 kbit/s")
    if (seconds < LEAST_STEP).any() or (seconds > MOST_STEP).any() or (rates > MOST_RATE).any():
        raise ValueError(
            f"a step must last {LEAST_STEP:g} to {MOST_STEP:g} seconds"
            f" and carry at most {MOST_RATE:g} kbit/s"
        )
    passed = np.concatenate([[0.0], np.cumsum(seconds * rates * 125)])
    if passed[-1] <= 0:
        raise ValueError("a trace must let something pass")
    return Trace(name, of, group, np.concatenate([[0.0], np.cumsum(seconds)]), passed)


def read_traces(folder: Path) -> list[Trace]:
    """Every trace in the folder's files, by name; raises TraceError and OSError."""
    found: list[Trace] = []
    for path in sorted(folder.iterdir()):
        if path.suffix == ".jsonl":
            found += read_json_lines(path)
        elif path.suffix in MAHIMAHI_NAMES:
            found.append(read_mahimahi(path))
    if not found:
        names = ", ".join([".jsonl", *sorted(MAHIMAHI_NAMES)])
        raise TraceError(f"{folder}: there is no trace here (files must end in {names})")
    return found


def read_json_lines(path: Path) -> Iterator[Trace]:
    """One trace a line; raises TraceError and OSError."""
    for number, line in _lines(path):
        if line.strip():
            try:
                yield _from_json(line, path.stem, number)
            except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
                raise TraceError(f"{path}:{number}: {_reason(error)}") from None


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines and their numbers; raises TraceError and OSError."""
    number = 0
    with path.open(encoding="utf-8") as lines:
        try:
            for number, line in enumerate(lines, start=1):
                yield number, line
        except UnicodeDecodeError:
            # A block is decoded at a time, so the line is only about where it is.
            raise TraceError(f"{path}:{number + 1}: here or soon after is no UTF-8") from None


def _from_json(line: str, stem: str, number: int) -> Trace:
    found = cast("object", json.loads(line))
    if not isinstance(found, dict):
        raise TypeError("a line must be one JSON object")
    fields = cast("dict[str, object]", found)
    raw = fields["steps"]
    if not isinstance(raw, list):
        raise TypeError("steps must be a list of [seconds, kbit/s]")
    steps = [_step(item) for item in cast("list[object]", raw)]
    name, of = str(fields.get("id", number)), str(fields.get("set", stem))
    return trace(name, steps, of=of, group=str(fields.get("group", of)))


def _step(item: object) -> tuple[float, float]:
    match item:
        case [int() | float() as seconds, int() | float() as rate]:
            return float(seconds), float(rate)
        case _:
            raise TypeError(f"a step must be [seconds, kbit/s], not {json.dumps(item)}")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"this is not JSON ({error.msg})"
    if isinstance(error, RecursionError):
        return "this is nested too deeply"
    if isinstance(error, OverflowError):
        return "a number is too large"
    return f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)


def read_mahimahi(path: Path) -> Trace:
    """A file of delivery times in milliseconds; raises TraceError and OSError."""
    stamps: list[int] = []
    for number, line in _lines(path):
        word = line.strip()
        if not word or word.startswith("#"):
            continue
        if not (word.isascii() and word.isdecimal()):
            raise TraceError(f"{path}:{number}: {word!r} is not a time in whole milliseconds")
        stamps.append(int(word[:MOST_DIGITS]))  # as many are too late already
        if len(stamps) > 1 and stamps[-1] < stamps[-2]:
            raise TraceError(f"{path}:{number}: times must not go back")
    if not stamps or stamps[-1] == 0:
        raise TraceError(f"{path}: a mahimahi trace must end later than at 0 milliseconds")
    count = max(1, int(np.ceil(stamps[-1] / 1000 / MAHIMAHI_STEP)))
    if count > MAX_STEPS:
        raise TraceError(f"{path}: this trace is longer than {MAX_STEPS * MAHIMAHI_STEP:g} s")
    slots = np.minimum((np.array(stamps) / 1000 / MAHIMAHI_STEP).astype(int), count - 1)
    rates = np.bincount(slots, minlength=count) * PACKET / MAHIMAHI_STEP / 125
    steps = [(MAHIMAHI_STEP, float(rate)) for rate in rates]
    return trace(path.name, steps, of="mahimahi", group=path.stem)
