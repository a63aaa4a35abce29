# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings are read as they were written, and what cannot be is refused by file and line."""

import json
from pathlib import Path

import numpy as np
import pytest

from bench.buffer.traces import PACKET, TraceError, read_mahimahi, read_traces, trace


def test_json_lines(tmp_path: Path) -> None:
    steps = [[1.0, 800.0], [0.5, 0], [2, 80.0]]
    lines = [{"id": "a", "set": "s", "group": "g", "steps": steps}, {"steps": steps}]
    (tmp_path / "x.jsonl").write_text("\n\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("about", encoding="utf-8")
    named, plain = read_traces(tmp_path)
    assert (named.name, named.set, named.group) == ("a", "s", "g")
    assert (plain.name, plain.set, plain.group) == ("3", "x", "x")
    assert named.duration == 3.5
    assert named.bytes.tolist() == [0, 100_000, 100_000, 120_000]
    assert named.mean == pytest.approx(120_000 / 3.5)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "this is not JSON"),
        ("[1]", "one JSON object"),
        ("{}", "'steps' is missing"),
        ('{"steps": 3}', "steps must be a list"),
        ('{"steps": []}', "must have 1 to"),
        ('{"steps": [[1]]}', "must be [seconds, kbit/s], not [1]"),
        ('{"steps": [[1, "fast"]]}', "must be [seconds, kbit/s]"),
        ('{"steps": [[0, 5]]}', "last longer than 0 seconds"),
        ('{"steps": [[1, -5]]}', "at least 0 kbit/s"),
        ('{"steps": [[1, NaN]]}', "finite"),
        ('{"steps": [[1, 0]]}', "let something pass"),
        ('{"steps": [[1, 1e308]]}', "at most 1e+09 kbit/s"),
        ('{"steps": [[1e308, 1], [1e308, 1]]}', "0.001 to 86400 seconds"),
        ('{"steps": [[1e-320, 1]]}', "0.001 to 86400 seconds"),
        ('{"steps": [[' + "9" * 400 + ", 1]]}", "a number is too large"),
        ('{"steps": [[' + "9" * 5000 + ", 1]]}", "4300 digits"),
        ('{"steps": ' + "[" * 5000, "nested too deeply"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"steps": [[1, 5]]}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(TraceError) as refused:
        read_traces(tmp_path)
    assert str(refused.value).startswith(f"{path}:2: ")
    assert reason in str(refused.value)


def test_mahimahi(tmp_path: Path) -> None:
    path = tmp_path / "lte.down"
    path.write_text("# made by hand\n0\n0\n50\n250\n\n400\n", encoding="utf-8")
    (found,) = read_traces(tmp_path)
    assert (found.set, found.group, found.name) == ("mahimahi", "lte", "lte.down")
    assert found.duration == pytest.approx(0.4)
    assert (found.bytes / PACKET).tolist() == pytest.approx([0, 3, 3, 4, 5])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1\nx\n", ":2: 'x' is not a time in whole milliseconds"),
        ("1\n-2\n", ":2: '-2' is not a time"),
        ("5\n4\n", ":2: times must not go back"),
        ("", "must end later than at 0 milliseconds"),
        ("0\n0\n", "must end later than at 0 milliseconds"),
        ("999999999999\n", "this trace is longer than"),
        ("9" * 400, "this trace is longer than"),
        ("9" * 5000, "this trace is longer than"),
    ],
)
def test_bad_mahimahi(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "bad.up"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TraceError) as refused:
        read_mahimahi(path)
    assert reason in str(refused.value)


@pytest.mark.parametrize("name", ["a.jsonl", "a.up"])
def test_what_is_no_text_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\n\xff\n")
    with pytest.raises(TraceError, match=r"a\.\w+:1: here or soon after is no UTF-8"):
        read_traces(tmp_path)


def test_a_folder_without_traces_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="there is no trace here"):
        read_traces(tmp_path)


def test_a_trace_begins_anew_after_its_end() -> None:
    link = trace("t", [(1.0, 8.0), (1.0, 0.0), (2.0, 16.0)], of="s", group="g")  # 1000, 0, 4000
    times, passed = link.points(0.5, 7000)
    assert times[0] == 0
    assert passed[0] == 0
    assert passed[-1] >= 7000
    assert np.interp(0.5, times, passed) == pytest.approx(500)
    assert np.interp(1.5, times, passed) == pytest.approx(500)
    assert np.interp(3.5, times, passed) == pytest.approx(4500)
    assert np.interp(4.5, times, passed) == pytest.approx(5500)
    assert np.interp(5.5, times, passed) == pytest.approx(5500)
    assert np.all(np.diff(times) > 0)
    assert np.all(np.diff(passed) >= 0)
