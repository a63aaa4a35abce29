# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded throughput in files of any content: traces that can be replayed, or TraceError."""

from collections.abc import Iterator

from bench.buffer.traces import MAX_STEPS, Trace, TraceError, read_json_lines, read_mahimahi
from tests.fuzz.target import Target, as_file, head

_JSON = (
    b'{"id": "a", "set": "s", "group": "g", "steps": [[1, 1000], [0.5, 0]]}\n',
    b'{"steps": [[1, 8]]}\n\n{"steps": [[2.5, 1e3]]}\n',
    b'{"steps": [[1, 1e308], [1e308, 1e308]]}',
    b'{"steps": [[NaN, Infinity], [true, false]]}',
    b'{"steps": [[' + b"9" * 400 + b", 1]]}",
    b'{"steps": ' + b"[" * 3000,
    b"[]",
    b'{"steps": [[1, 1]], "id": "\xff"}',
)
_MAHIMAHI = (
    b"0\n1\n1\n10\n250\n",
    b"# a comment\n5\n3\n",
    b"0\n",
    b"1" + b"0" * 400,
    b"9" * 5000,
    b"1\n" * 300 + b"900\n",
    b"100000000\n",
    b"\xff\xfe",
)


def _seeds() -> Iterator[bytes]:
    for content in _JSON:
        yield b"\0" + content
    for content in _MAHIMAHI:
        yield b"\1" + content


def check(data: bytes) -> None:
    """Every trace goes forward in time and lets something pass."""
    (what,), content = head(data, 1)
    path = as_file(content)
    try:
        traces = list(read_json_lines(path)) if what % 2 == 0 else [read_mahimahi(path)]
    except TraceError as refusal:
        assert str(path) in str(refusal)
        return
    for trace in traces:
        _check_is_sound(trace)


def _check_is_sound(trace: Trace) -> None:
    assert 2 <= len(trace.times) == len(trace.bytes) <= MAX_STEPS + 1
    assert 0 < trace.duration < float("inf")
    assert 0 < trace.mean < float("inf")
    times, sums = trace.points(trace.duration / 3, float(trace.bytes[-1]) / 2)
    assert len(times) == len(sums)
    assert (times[1:] > times[:-1]).all()
    assert (sums[1:] >= sums[:-1]).all()


TARGETS = (Target("bench-traces", _seeds, check),)
