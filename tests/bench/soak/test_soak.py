# SPDX-License-Identifier: GPL-3.0-or-later
"""A quarter of an hour of music, heard in seconds by real programs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.serving import ROOT
from bench.soak.command import main

PATIENCE = 150.0  # seconds; a net under a hang


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_short_soak_hears_music_and_says_that_it_was_too_short(tmp_path: Path) -> None:
    path = tmp_path / "soak.json"
    command = [sys.executable, "-m", "bench", "soak", "--hours", "0.25", "--minutes", "1"]
    done = subprocess.run(
        [*command, "--json", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["hours_of_music"] >= 0.25
    assert found["plays"] > 10
    assert found["visits"] > 0
    assert not found["failures"]
    assert {"server", "client 0", "client 1"} == set(found["processes"])
    assert found["flat"] is None
    assert "too short" in done.stdout


@pytest.mark.parametrize("words", [["--hours", "0"], ["--minutes", "x"], ["--hours", "nan"]])
def test_what_makes_no_sense_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(words)
    assert refused.value.code == 2
    assert "is no number from 0.01 on" in capsys.readouterr().err
