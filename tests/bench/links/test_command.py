# SPDX-License-Identifier: GPL-3.0-or-later
"""The command says in a sentence what it lacks, and knows what there is to choose from."""

import errno
import threading
from pathlib import Path
from typing import NoReturn

import pytest

from bench.links import command
from bench.links.heard import Heard
from bench.links.programs import ProgramError
from bench.links.scenarios import BY_NAME
from bench.links.trial import Outcome, Trial


def refuse() -> NoReturn:
    raise OSError(errno.EPERM, "Operation not permitted")


def test_without_root_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "new_namespace", refuse)
    assert command.main([]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert said.err.count("\n") == 1
    assert "has to run as root" in said.err


def test_a_disturbed_run_is_made_again_and_then_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    late = [50, 50]

    def perform(_trial: Trial, _stop: object) -> Outcome:
        return Outcome(Heard(0.1, (), 0, 60.0), 60.0, 1000, 1000, late.pop(), {})

    monkeypatch.setattr(command, "perform", perform)
    trial = Trial(BY_NAME["A"], "reno", "mpv", 0, 1, 90, 60, (Path("a"), Path("b")), "tun", False)
    assert command.made(trial, threading.Event())["disturbed"]
    late += [10, 50]
    assert not command.made(trial, threading.Event())["disturbed"]
    assert late == []


def no_songs(folder: Path, **_: int) -> list[Path]:
    return [folder / "first.mp3", folder / "second.mp3"]


@pytest.mark.parametrize("words", [["--scenarios", "A,X"], ["--players", "winamp"]])
def test_what_is_unknown_is_told_the_known(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        command.main(words)
    assert left.value.code == 2
    assert words[1].split(",")[-1] in capsys.readouterr().err


def test_every_link_is_run_with_every_player_and_the_same_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []

    def perform(trial: Trial, _stop: object) -> NoReturn:
        seen.append(f"{trial} {trial.song_seconds}")
        raise ProgramError("it is not there")

    monkeypatch.setattr(command, "perform", perform)
    monkeypatch.setattr(command, "_use_privileges", lambda: None)
    monkeypatch.setattr(command, "_installed", list)
    monkeypatch.setattr(command, "make_songs", no_songs)
    words = ["--scenarios", "A,E", "--cc", "reno", "--players", "antiphon,mpv", "--runs", "2"]
    assert command.main([*words, "--jobs", "1", "--song-seconds", "7"]) == 1
    expected = [
        f"{link} reno {player} {number} 7"
        for link in ("A", "E")
        for number in (1, 2)
        for player in ("antiphon", "mpv")
    ]
    # Each is tried again once before it counts as failed.
    assert seen == [trial for trial in expected for _ in range(2)]
    assert "it is not there" in capsys.readouterr().err
