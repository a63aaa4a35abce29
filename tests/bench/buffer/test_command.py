# SPDX-License-Identifier: GPL-3.0-or-later
"""The measurement as it is called: its table, its files, its refusals."""

import json
from pathlib import Path

import pytest

from bench.buffer.__main__ import main
from bench.buffer.players import ORACLE, PLAYERS

FIGURES = {
    *("median_start", "p95_start", "stall_share", "rebuffer", "cap60", "stall_free_within_15"),
}


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    """A folder with two links."""
    folder = tmp_path / "traces"
    folder.mkdir()
    steps = [[1.0, 100.0 + 37 * (n % 11)] for n in range(120)]
    lines = [{"id": name, "set": "s", "group": name, "steps": steps} for name in "ab"]
    (folder / "x.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return folder


def run(traces: Path, out: Path, *options: str) -> str:
    """The JSON that it writes."""
    arguments = ["--traces", str(traces), "--plays", "3", "--json", str(out), *options]
    assert main(arguments) == 0
    return out.read_text(encoding="utf-8")


def test_the_files(traces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, lines = tmp_path / "page.html", tmp_path / "lines.jsonl"
    found = json.loads(
        run(traces, tmp_path / "one.json", "--html", str(page), "--lines", str(lines))
    )
    assert set(found) == {"natural", "stress"}
    for rules in found.values():
        assert set(rules) == {*PLAYERS, ORACLE}
        assert all(set(rule) == FIGURES for rule in rules.values())
    assert "fixed-5" in found["stress"]
    assert found["stress"]["oracle"]["cap60"] == 0
    each = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    assert len(each) == 2 * 3 * (len(PLAYERS) + 1)
    assert {one["trace"] for one in each} <= {"s/a", "s/b"}
    assert page.read_text(encoding="utf-8").count("<svg") == 4
    said = capsys.readouterr()
    assert "antiphon" in said.out
    assert "100 %" in said.err


def test_the_same_seed_gives_the_same_numbers(traces: Path, tmp_path: Path) -> None:
    one, same = run(traces, tmp_path / "1"), run(traces, tmp_path / "2")
    other = run(traces, tmp_path / "3", "--seed", "2")
    assert one == same
    assert one != other


def test_links_are_made_where_none_are_given(tmp_path: Path) -> None:
    out = tmp_path / "made.json"
    assert main(["--plays", "1", "--json", str(out)]) == 0
    assert "antiphon" in json.loads(out.read_text(encoding="utf-8"))["natural"]


def test_a_bad_trace_is_told_in_a_sentence(
    traces: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = traces / "y.jsonl"
    bad.write_text("{}\n", encoding="utf-8")
    assert main(["--traces", str(traces), "--plays", "1"]) == 2
    assert f"{bad}:1: 'steps' is missing" in capsys.readouterr().err
    for words in (["--traces", str(traces / "none")], ["--plays", "0"]):
        with pytest.raises(SystemExit):
            main(words)
