# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server's command line says of what is wrong with it, and its exit status."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from server import program


@pytest.fixture
def refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, list[str]]]:
    """Starts no server; the exit status, and the sentences."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def run(*words: object) -> tuple[int, list[str]]:
        status = program.main([str(word) for word in words])
        said = capsys.readouterr()
        assert said.out == ""
        return status, said.err.splitlines()

    return run


def test_all_that_is_wrong_is_told_and_not_only_the_first(
    refused: Callable[..., tuple[int, list[str]]], toml: Callable[[str], str]
) -> None:
    file = toml('porrt = 8080\nmax-sessions = "many"\nheartbeat = 60\n')
    status, lines = refused("--config", file, "--rescan", "never", "--workers", 2, "a", "b")
    assert status == 2
    assert len(lines) == 3
    status, lines = refused("--config", file, "--rescan", "never", "--workers", 2, "a")
    assert status == 2
    assert [line.partition(": ")[0] for line in lines] == ["antiphon-server"] * 4
    for words, line in zip(
        ("unknown key porrt", "max-sessions: a whole", "--rescan: a whole", "--heartbeat 60 has"),
        lines,
        strict=True,
    ):
        assert words in line


@pytest.mark.parametrize(
    "words",
    [
        ("--dead-after", "x", "--heartbeat", "60"),
        ("--data-ports", "x", "--metrics", "55355"),
        ("--workers", "2", "--max-sessions", "1", "--max-waiting", "x"),
    ],
)
def test_what_cannot_be_read_is_compared_with_nothing(
    refused: Callable[..., tuple[int, list[str]]], words: tuple[str, ...]
) -> None:
    status, lines = refused(*words, "a")
    assert status == 2
    assert len(lines) == 1


def test_what_the_command_line_says_instead_is_compared(
    refused: Callable[..., tuple[int, list[str]]], toml: Callable[[str], str]
) -> None:
    _, lines = refused(
        "--config", toml("dead-after = 'x'"), "--dead-after", 3, "--heartbeat", 5, "a"
    )
    assert ["--heartbeat 5 has" in line for line in lines] == [False, True]


def test_a_file_that_is_not_here_is_status_1(
    refused: Callable[..., tuple[int, list[str]]],
) -> None:
    status, (line,) = refused("--config", "/nowhere/x.toml")
    assert status == 1
    assert "cannot read /nowhere/x.toml" in line


def test_a_user_who_has_no_home_is_status_1(
    refused: Callable[..., tuple[int, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(Path, "home", nowhere)
    status, (line,) = refused(".")
    assert status == 1
    assert "--state" in line
    status, lines = refused("--grace", "x", ".")
    assert status == 2
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--nonsense", "."), "--nonsense"),
        (("--grace", "x", "."), "--grace"),
        (("--grace", "65536", "."), "--grace"),
        (("65536", "."), "PORT"),
        ((), "no music folder"),
        (("--key", "key.pem", "."), "--key is given without --certificate"),
        (("--station-store", "unix:///x", "."), "without a --station that it could keep"),
        (("--station-store", "redis://:secret@h:99999", "--station", "a", "."), "its port is none"),
        (("--station-store", "redis://:secret@h?x=1", "--station", "a", "."), "option 'x'"),
    ],
)
def test_what_is_wrong_in_itself_is_status_2(
    refused: Callable[..., tuple[int, list[str]]], words: tuple[str, ...], said: str
) -> None:
    status, (line,) = refused(*words)
    assert status == 2
    assert said in line
    assert "secret" not in line


def test_what_is_wrong_in_a_file_is_status_2(
    refused: Callable[..., tuple[int, list[str]]], toml: Callable[[str], str]
) -> None:
    assert refused("--config", toml("grace = "), ".")[0] == 2
    assert refused("--config", toml("garce = 5"), ".")[0] == 2


def test_what_another_option_could_have_said_is_not_missed(
    refused: Callable[..., tuple[int, list[str]]], toml: Callable[[str], str]
) -> None:
    file = toml("certificate = 5\nkey = 'key.pem'\n")
    assert len(refused("--config", file, ".")[1]) == 1


def test_a_socket_that_is_none_is_status_1(
    refused: Callable[..., tuple[int, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    monkeypatch.setenv("LISTEN_FDS", "2")
    status, (line,) = refused("--state", "none", "0", ".")
    assert status == 1
    assert "one listening socket is wanted" in line
