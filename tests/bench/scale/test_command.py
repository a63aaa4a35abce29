# SPDX-License-Identifier: GPL-3.0-or-later
"""The command refuses what it cannot measure, and leaves the machine as it was."""

import os
from pathlib import Path

import pytest

from bench.scale import command


def test_the_group_is_set_ahead_of_others_and_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = tmp_path / "autogroup"
    group.write_text("/autogroup-827 nice 3\n", encoding="ascii")
    monkeypatch.setattr(command, "GROUP", group)
    monkeypatch.setattr(os, "nice", abs)
    with command.ahead_of_others():
        assert group.read_text(encoding="ascii") == str(command.NICE)
    assert group.read_text(encoding="ascii") == "3"


def test_one_core_is_too_few(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def one_core(_pid: int) -> set[int]:
        return {command.SERVER_CORE}

    monkeypatch.setattr(os, "sched_getaffinity", one_core)
    assert command.main(["--listeners", "1"]) == 2
    assert "two cores are needed" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--beside", "apache"], ["--listeners", "0"]])
def test_what_is_not_known_is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(wrong)


def test_fewer_descriptors_mean_fewer_listeners_and_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def limits(_which: int) -> tuple[int, int]:
        return 4096, 4096

    monkeypatch.setattr("resource.getrlimit", limits)
    assert command.affordable(9500) == 1998
    assert "9500 listeners need 19100 descriptors" in capsys.readouterr().err
    assert command.affordable(1998) == 1998
    assert not capsys.readouterr().err
