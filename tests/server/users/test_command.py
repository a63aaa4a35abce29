# SPDX-License-Identifier: GPL-3.0-or-later
"""`antiphon-server user`: processes with pipes, and one with a terminal."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from server.users.users_file import UsersFile

ROOT = Path(__file__).parents[3]
PATIENCE = 30.0  # seconds; a net under a hang, never a measure
AGAIN = 5.0  # seconds behind which a key is pressed again
INTERRUPT = "\x03"
COMMAND = (sys.executable, "-m", "server", "user")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users"


def run(*words: str | Path, typed: str | bytes = "") -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    done = subprocess.run(
        (*COMMAND, *map(str, words)),
        cwd=ROOT,
        input=typed if isinstance(typed, bytes) else typed.encode(),
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def said_at_a_terminal(*words: str | Path, answers: list[str]) -> tuple[int, str]:
    """Exit status, and all that a terminal has shown, where each question gets an answer."""
    leader, terminal = pty.openpty()
    process = subprocess.Popen(
        ("setsid", "--ctty", "--wait", *COMMAND, *map(str, words)),
        cwd=ROOT,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    shown, until = b"", time.monotonic() + PATIENCE
    left = list(answers)
    try:
        while time.monotonic() < until:
            if not select.select([leader], [], [], AGAIN)[0]:
                if not left and answers[-1] == INTERRUPT:
                    # Python has heard it just before it began to read, and hears no more until
                    # something comes: who presses Ctrl-C presses it again.
                    os.write(leader, INTERRUPT.encode())
                continue
            try:
                piece = os.read(leader, 1024)
            except OSError:  # the terminal's last process has ended
                break
            shown += piece
            if left and shown.endswith(b": "):
                os.write(leader, left.pop(0).encode())
        return process.wait(PATIENCE), shown.decode().replace("\r\n", "\n")
    finally:
        process.kill()
        process.wait()
        os.close(leader)


def test_a_user_comes_and_goes(path: Path) -> None:
    assert run("add", "alice", "--file", path, typed="geheim\n") == (
        0,
        "alice may listen now\n",
        "",
    )
    assert run("add", "Żółw", "--file", path, typed="p\u00e4ss\r\n")[0] == 0
    assert run("list", "--file", path) == (0, "alice\nŻółw\n", "")
    assert run("check", "alice", "--file", path, typed="geheim")[0] == 0
    assert run("check", "Żółw", "--file", path, typed="pa\u0308ss\n")[0] == 0
    status, out, err = run("check", "alice", "--file", path, typed="wrong\n")
    assert (status, out) == (1, "")
    assert err == "antiphon-server user: this is not the password of alice\n"
    status, out, _ = run("add", "alice", "--file", path, typed="another\n")
    assert (status, out) == (0, "alice has another password now\n")
    assert run("check", "alice", "--file", path, typed="another\n")[0] == 0
    assert run("remove", "alice", "--file", path) == (0, "alice may listen no more\n", "")
    assert run("list", "--file", path) == (0, "Żółw\n", "")
    assert "geheim" not in path.read_text()


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("add", "alice"), "", "no password was given"),
        (("add", "alice"), "\n", "a password has 1 to 255 bytes of UTF-8, not 0"),
        (("add", "alice"), "x" * 256, "a password has 1 to 255 bytes of UTF-8, not 256"),
        (("add", "alice"), b"\xff\n", "a password has no control characters, and is UTF-8"),
        (("add", "alice"), "\x1b[A\n", "a password has no control characters, and is UTF-8"),
        (("remove", "alice"), "", "cannot read"),
        (("check", "alice"), "x", "cannot read"),
        (("list",), "", "cannot read"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    path: Path, words: tuple[str, ...], typed: str | bytes, said: str
) -> None:
    status, out, err = run(*words, "--file", path, typed=typed)
    assert (status, out) == (1, "")
    assert err.startswith(f"antiphon-server user: {said}")
    assert err.count("\n") == 1
    assert not path.exists()


def test_an_unknown_user_is_one_sentence(path: Path) -> None:
    run("add", "alice", "--file", path, typed="x")
    for action in ("remove", "check"):
        status, _, err = run(action, "bob", "--file", path, typed="x")
        assert (status, err) == (1, f"antiphon-server user: there is no user bob in {path}\n")


def test_a_damaged_file_is_named_by_its_line(path: Path) -> None:
    path.write_text("# ours\nalice:geheim\n")
    for action in (("add", "bob"), ("remove", "alice"), ("check", "alice"), ("list",)):
        status, out, err = run(*action, "--file", path, typed="x")
        assert (status, out) == (1, "")
        assert f"{path}, line 2: " in err
        assert "geheim" not in err
    assert path.read_text() == "# ours\nalice:geheim\n"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("sing",),
        ("add",),
        ("add", "alice"),
        ("list", "x"),
        ("add", "al:ice", "--file", "f"),
        ("remove", " alice", "--file", "f"),
        ("check", "", "--file", "f"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(words: tuple[str, ...]) -> None:
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert err.startswith("antiphon-server user")
    assert err.count("\n") == 1
    assert "--help" in err


def test_help() -> None:
    status, out, _ = run("--help")
    assert status == 0
    assert all(word in out for word in ("add", "remove", "list", "check", "--file", "SIGHUP"))


def test_a_terminal_is_asked_twice_and_shows_nothing(path: Path) -> None:
    status, shown = said_at_a_terminal(
        *("add", "alice", "--file", path), answers=["geheim\n", "geheim\n"]
    )
    assert status == 0
    assert shown.startswith("New password of alice: \nThe same again: \n")
    assert "geheim" not in shown
    assert UsersFile.read(path).users["alice"].password.fits("geheim")


def test_two_different_ones_change_nothing(path: Path) -> None:
    status, shown = said_at_a_terminal(
        *("add", "alice", "--file", path), answers=["geheim\n", "geheym\n"]
    )
    assert status == 1
    assert shown.endswith("these were two different passwords; nothing was changed\n")
    assert not path.exists()


@pytest.mark.parametrize(("key", "status"), [("\x04", 1), (INTERRUPT, 128 + signal.SIGINT)])
def test_a_terminal_that_does_not_answer(path: Path, key: str, status: int) -> None:
    ended, shown = said_at_a_terminal("add", "alice", "--file", path, answers=[key])
    assert ended == status
    assert "Traceback" not in shown
    assert not path.exists()


def test_a_reader_who_has_seen_enough(path: Path) -> None:
    run("add", "alice", "--file", path, typed="x")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        (*COMMAND, "list", "--file", str(path)),
        cwd=ROOT,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        timeout=PATIENCE,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")
