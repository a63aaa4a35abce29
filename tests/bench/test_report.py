# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports say what they were given, and no name in them becomes markup."""

import io
import json
import socket
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from bench.__main__ import BENCHES, main
from bench.report import Report, keep, text_table, write_json, write_line


def test_a_page_holds_its_tables_and_plots_and_escapes_what_it_is_told(tmp_path: Path) -> None:
    report = Report("Links", "python -m bench links <seed 1>")
    report.heading("A & B")
    report.text("No stall < 1.")
    report.table(["player", "start"], [["antiphon", "0.2"], ["<b>", "1"]], "seconds")
    figure = Figure()
    figure.subplots().plot([0, 1], [1, 0])
    report.figure(figure, "falls")
    page = tmp_path / "page.html"
    report.write(page)
    text = page.read_text(encoding="utf-8")
    assert "<h2>A &amp; B</h2>" in text
    assert "<p>No stall &lt; 1." in text
    assert "<td>&lt;b&gt;<td>1" in text
    assert text.count("<svg") == 1
    assert "<?xml" not in text
    assert "&lt;seed 1&gt;" in text


def test_results_are_one_object_or_one_object_a_line(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    write_json(path, {"a": [1, 2]})
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": [1, 2]}
    lines = io.StringIO()
    write_line(lines, {"b": 1})
    write_line(lines, {"b": 2})
    assert [json.loads(line)["b"] for line in lines.getvalue().splitlines()] == [1, 2]


def test_a_text_table_lines_up() -> None:
    table = text_table(["player", "s"], [["antiphon", "0.25"], ["mpv", "1.5"]])
    assert table.splitlines() == ["player       s", "antiphon  0.25", "mpv        1.5"]


def test_an_unknown_measurement_is_told_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bufer"]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert all(name in said.err for name in BENCHES)


def test_help_names_every_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr()
    assert all(name in said.out for name in BENCHES)


def test_all_is_kept_but_sockets(tmp_path: Path) -> None:
    (tmp_path / "work/state").mkdir(parents=True)
    (tmp_path / "work/state/server.log").write_text("listening\n")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "work/state/tree"))
        for _ in range(2):  # what is there already is no trouble
            keep(tmp_path / "work", tmp_path / "kept")
    kept = tmp_path / "kept/state"
    assert [(file.name, file.read_text()) for file in kept.iterdir()] == [
        ("server.log", "listening\n")
    ]
