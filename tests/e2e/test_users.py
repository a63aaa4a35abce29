# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may listen, with real processes: the operator's command, the server, and clients."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.errors import ErrorCode
from control.events import Closed
from control.session_messages import Error, Login, Welcome
from tests.certificates import papers
from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Control
from tests.e2e.server_process import PATIENCE, ROOT, ServerProcess, running_server
from tests.e2e.songs import write_songs
from tests.server.wires import free_ports

PASSWORD = "sésame, ouvre-toi"
USER = (sys.executable, "-m", "server", "user")
ALICE = Login("alice", PASSWORD)


def add(file: Path, name: str, password: str = PASSWORD) -> None:
    """As an operator does it."""
    subprocess.run(
        (*USER, "add", name, "--file", str(file)),
        cwd=ROOT,
        input=f"{password}\n".encode(),
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=PATIENCE,
    )


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("users") / "users"
    add(file, "alice")
    return file


@pytest.fixture(scope="module")
def server(users: Path) -> Iterator[ServerProcess]:
    """One that tells all that it ever tells."""
    with running_server(ROOT / "music", "--users", str(users), "--verbose") as process:
        yield process


def words(server: ServerProcess, *options: str) -> tuple[str, ...]:
    address = f"{server.host}:{server.port}"
    return sys.executable, "-m", "client", "--sink", "null", *options, address


def run(server: ServerProcess, *options: str, password: str | None = None) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a client."""
    environment = os.environ | ({} if password is None else {"ANTIPHON_PASSWORD": password})
    done = subprocess.run(
        words(server, *options),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_user_plays_a_song(server: ServerProcess, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    song = ("--sink", f"wav:{tmp_path / 'song.wav'}", "-c", "play 3", "-c", "wait")
    file = ("--password-file", str(tmp_path / "password"))
    status, out, err = run(server, "--user", "alice", *file, *song)
    assert (status, err) == (0, "")
    assert "Canon in D major" in out
    assert (tmp_path / "song.wav").stat().st_size > 1_000_000
    server.says("user=alice")


def test_who_says_no_name_is_told_to(server: ServerProcess) -> None:
    status, out, err = run(server, "-c", "list")
    assert (status, out) == (1, "")
    assert err == "The server serves only users that it knows: give --user NAME.\n"


@pytest.mark.parametrize(
    ("user", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("alice", "x" * 255)]
)
def test_who_says_the_wrong_thing_is_told_so(
    server: ServerProcess, user: str, password: str
) -> None:
    status, out, err = run(server, "--user", user, "-c", "list", password=password)
    assert (status, out) == (1, "")
    assert err == "The server knows no such user with this password.\n"
    status, out, err = run(server, "--json", "--user", user, "-c", "list", password=password)
    assert (status, err) == (1, "")
    (event,) = (json.loads(line) for line in out.splitlines())
    assert event["event"] == "disconnected"
    assert event["error"] is True


def test_without_a_password_it_says_what_to_do(server: ServerProcess) -> None:
    status, out, err = run(server, "--user", "alice", "-c", "list")
    assert (status, out) == (1, "")
    assert err.startswith("There is no password for alice: give --password-file FILE, set ")
    assert err.count("\n") == 1


def test_a_terminal_is_asked_for_it(server: ServerProcess) -> None:
    leader, terminal = pty.openpty()
    client = subprocess.Popen(
        ("setsid", "--ctty", "--wait", *words(server, "--user", "alice", "-c", "list canon")),
        cwd=ROOT,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    shown, asked = b"", False
    try:
        while True:
            try:
                shown += os.read(leader, 1024)
            except OSError:  # the terminal's last process has ended
                break
            if not asked and shown.endswith(b"Password of alice: "):
                asked = True
                os.write(leader, f"{PASSWORD}\n".encode())
        assert client.wait(PATIENCE) == 0
    finally:
        client.kill()
        os.close(leader)
    assert "Canon in D major" in shown.decode()
    assert PASSWORD not in shown.decode()


def test_a_server_that_comes_back_is_told_again(users: Path) -> None:
    port = free_ports(1).low
    options = ("--users", str(users), "--verbose", "--state", "none")
    first = ServerProcess(ROOT / "music", *options, port=port)
    client = subprocess.Popen(
        words(first, "--user", "alice"),
        cwd=ROOT,
        env=os.environ | {"ANTIPHON_PASSWORD": PASSWORD},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert client.stdin is not None
    assert client.stdout is not None
    try:
        with client.stdin, client.stdout:
            client.stdin.write("list canon\n")
            client.stdin.flush()
            assert "Canon" in client.stdout.readline()
            first.kill()
            second = ServerProcess(ROOT / "music", *options, port=port)
            try:
                client.stdin.write("list prelude\nquit\n")
                client.stdin.flush()
                assert "Prelude" in client.stdout.readline()
                second.says("user=alice")
            finally:
                second.kill()
    finally:
        client.kill()
        client.wait(PATIENCE)


def test_who_is_removed_is_sent_away_at_sighup(tmp_path: Path) -> None:
    write_songs(tmp_path / "music", count=1)
    for name in ("alice", "bob"):
        add(tmp_path / "users", name)
    with (
        running_server(tmp_path / "music", "--users", str(tmp_path / "users")) as server,
        Listener(server.address, login=ALICE) as alice,
        Listener(server.address, login=Login("bob", PASSWORD)) as bob,
    ):
        subprocess.run(
            (*USER, "remove", "alice", "--file", str(tmp_path / "users")),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=PATIENCE,
        )
        server.signal(signal.SIGHUP)
        closed = alice.control.wait_closed()
        assert closed.code == ErrorCode.LOGIN_FAILED
        assert bob.tracks().total == 1
        with Control(server.address) as control:
            answer = control.hello(login=ALICE)
            assert isinstance(answer, Closed)
            assert answer.code == ErrorCode.LOGIN_FAILED


def test_a_connection_goes_on_after_login_needed(server: ServerProcess) -> None:
    with Control(server.address) as control:
        needed = control.hello()
        assert isinstance(needed, Error)
        assert needed.code == ErrorCode.LOGIN_NEEDED
        welcome = control.hello(login=ALICE)
        assert isinstance(welcome, Welcome)
    with Control(server.address) as control:  # by its secret alone
        assert isinstance(control.hello(welcome.session, welcome.secret), Welcome)
        control.bye()


def test_what_is_secret_is_in_no_log(server: ServerProcess) -> None:
    secrets = [PASSWORD, "sésame", "geheim"]
    with Listener(server.address, login=ALICE) as listener:
        for secret in (listener.secret, listener.ticket):
            secrets += [secret.hex(), str(secret)[2:-1], str(list(secret))[1:-1]]
        listener.reopen()
        secrets += [listener.ticket.hex(), str(listener.ticket)[2:-1]]
        with Control(server.address) as control:
            assert isinstance(control.hello(login=Login("alice", "geheim")), Closed)
        listener.bye()
    server.says("ended")
    server.says("a wrong password for “alice” from 127.0.0.1")
    said = server.log
    assert [secret for secret in secrets if secret in said] == []
    assert "scrypt" not in said


@pytest.mark.parametrize("line", ["alice:geheim", "alice"])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, line: str) -> None:
    (tmp_path / "users").write_text(f"# ours\n{line}\n")
    done = subprocess.run(
        (
            *(sys.executable, "-m", "server", "--users", str(tmp_path / "users")),
            *("--host", "127.0.0.1", "0", str(tmp_path)),
        ),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert f"{tmp_path}/users, line 2: " in done.stderr
    assert done.stderr.count("\n") == 1
    assert "geheim" not in done.stderr


def test_over_tls_too(users: Path, tmp_path: Path) -> None:
    mine = papers("127.0.0.1")
    certificate, key = mine.write(tmp_path)
    options = ("--users", str(users), "--certificate", str(certificate), "--key", str(key))
    with running_server(ROOT / "music", *options) as server:
        tls = ("--fingerprint", mine.fingerprint, "-c", "list canon")
        status, out, err = run(server, *tls, "--user", "alice", password=PASSWORD)
        assert (status, err) == (0, "")
        assert "Canon in D major" in out
        assert run(server, *tls)[0] == 1


@pytest.mark.parametrize("insecure", [False, True])
def test_others_are_not_asked_for_passwords_in_the_clear(
    users: Path, tmp_path: Path, *, insecure: bool
) -> None:
    options = ("--host", "0.0.0.0", "--state", "none", "--users", str(users))  # noqa: S104
    if insecure:
        server = ServerProcess(tmp_path, *options, "--insecure")
        server.kill()
        assert "could be read" not in server.log
    else:
        with pytest.raises(AssertionError, match="passwords and music could be read on their way"):
            ServerProcess(tmp_path, *options)
