# SPDX-License-Identifier: GPL-3.0-or-later
"""Half a minute of everything that can happen, to a real server and real clients."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.chaos.command import main
from bench.serving import ROOT
from tests.bench.chaos.places import can_run

PATIENCE = 280.0  # seconds; a net under a hang


@can_run
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_whatever_happens_nothing_wrong_is_heard_and_nothing_is_left(tmp_path: Path) -> None:
    found, page = tmp_path / "chaos.json", tmp_path / "chaos.html"
    command = [sys.executable, "-m", "bench", "chaos", "--seed", "5", "--minutes", "0.5"]
    command += ["--clients", "4", "--songs", "3", "--pace", "4"]
    done = subprocess.run(
        [*command, "--json", str(found), "--html", str(page)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(found.read_text(encoding="utf-8"))
    assert result["faults"] > 10
    assert len(result["faults_by_kind"]) > 5
    assert result["bytes_compared"] > 1_000_000
    for name in ("wrong_bytes", "leaked_fds", "unexpected_deaths"):
        assert result[name] == 0
    assert page.read_text(encoding="utf-8").count("<svg") == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--minutes", "0"], "no number from 0.2 on"),
        (["--clients", "0"], "no number from 1 to 200"),
        (["--songs", "x"], "no number from 1 to 12"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(words)
    assert refused.value.code == 2
    assert sentence in capsys.readouterr().err


def test_without_privileges_it_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.chaos.command.new_namespace", _refuse)
    assert main([]) == 2
    assert "run this as root" in capsys.readouterr().err


def _refuse() -> int:
    raise PermissionError(1, "Operation not permitted")
