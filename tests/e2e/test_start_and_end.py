# SPDX-License-Identifier: GPL-3.0-or-later
"""How a server starts, why it does not, how it ends, and what it knows after a SIGKILL."""

import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from common.constants import DEFAULT_PORT
from common.errors import ErrorCode
from control.events import Cause
from control.session_messages import Error, Welcome
from tests.e2e.innocent import Music
from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Control, connected
from tests.e2e.server_process import PATIENCE, ROOT, ServerProcess, running_server, until
from tests.e2e.songs import song, write_songs
from tests.server.wires import free_ports


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A server that is expected to end by itself."""
    return subprocess.run(
        (sys.executable, "-m", "server", *arguments),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def can_connect(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def is_one_sentence(text: str) -> bool:
    """Whether it is one line that names the program, and no stack trace."""
    return re.fullmatch(r"antiphon-server: [^\n]+\n", text) is not None


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    done = run("--state", "none", "0", str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert is_one_sentence(done.stderr)
    assert "nowhere" in done.stderr


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("--state", "none", "0", str(tmp_path / "file"))
    assert done.returncode == 1
    assert is_one_sentence(done.stderr)


def test_a_folder_that_is_a_loop_of_links_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    done = run("0", str(tmp_path / "loop"))
    assert done.returncode == 1
    assert is_one_sentence(done.stderr)


def test_a_port_in_use_is_one_sentence(music: Music) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = run("--state", "none", "--host", "127.0.0.1", port, str(music.folder))
    assert done.returncode == 1
    assert is_one_sentence(done.stderr)
    assert port in done.stderr
    assert "in use" in done.stderr


def test_data_ports_that_are_all_in_use_are_one_sentence(music: Music) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        options = ("--state", "none", "--host", "127.0.0.1", "--data-ports", port)
        done = run(*options, "0", str(music.folder))
    assert done.returncode == 1
    assert is_one_sentence(done.stderr)
    assert f"no data port of {port}-{port} is free" in done.stderr


def test_the_control_port_is_no_data_port(music: Music) -> None:
    port = str(free_ports(1).low)
    options = ("--state", "none", "--host", "127.0.0.1", "--data-ports", port)
    done = run(*options, port, str(music.folder))
    assert done.returncode == 2
    assert is_one_sentence(done.stderr)
    assert "the control port and nothing else" in done.stderr


@pytest.mark.parametrize("host", ["nonsense.invalid", "192.0.2.1", "300.1.1.1", "fe80::zz"])
def test_an_address_that_is_not_ours_is_one_sentence(music: Music, host: str) -> None:
    done = run("--state", "none", "--host", host, "0", str(music.folder))
    assert done.returncode == 1
    assert is_one_sentence(done.stderr)
    assert f"no address {host}" in done.stderr or f"{host} is no address" in done.stderr
    assert "give --host" in done.stderr


def test_a_state_directory_that_cannot_be_made_is_one_sentence(
    music: Music, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    done = run("--state", str(tmp_path / "file" / "state"), "0", str(music.folder))
    assert done.returncode == 1
    assert is_one_sentence(done.stderr)


@pytest.mark.parametrize("arguments", [(), ("--wrong",), ("--heartbeat", "x", "m"), ("99999", "m")])
def test_wrong_usage_is_one_sentence_and_status_2(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert is_one_sentence(done.stderr)


def test_help_tells_every_option() -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in ("--config", "--max-sessions", str(DEFAULT_PORT), "FOLDER", "examples"):
        assert word in done.stdout


def test_an_empty_folder_is_told_and_served(folder: Path) -> None:
    folder.mkdir()
    with running_server(folder) as server, Listener(server.address) as listener:
        server.says("there are no MP3 files yet")
        page = listener.tracks()
        assert (page.total, page.tracks, page.scanning) == (0, (), False)
        answer = listener.try_play(1)
        assert isinstance(answer, Error)
        assert answer.code == ErrorCode.NO_SUCH_TRACK
        (folder / "1.mp3").write_bytes(song(1, 20))  # which is heard of at once
        until(lambda: listener.tracks().total == 1)


def test_a_given_port_is_taken_and_another_server_may_follow_at_once(music: Music) -> None:
    with running_server(music.folder) as first:
        port = first.port
        with Listener(first.address) as listener:
            listener.play(1)
            assert first.stop() == 0
    server = ServerProcess(music.folder, "--state", "none", port=port)
    try:
        assert server.port == port
    finally:
        server.kill()


@pytest.mark.parametrize(
    ("number", "options"),
    [(signal.SIGINT, ()), (signal.SIGTERM, ("--drain-timeout", "0"))],
)
def test_a_signal_says_bye_to_everybody(
    music: Music, number: signal.Signals, options: tuple[str, ...]
) -> None:
    with running_server(music.folder, *options) as server:
        listeners = [Listener(server.address) for _ in range(5)]
        silent = connected(server.address)
        for listener in listeners:
            listener.play(1, window=10_000)
            listener.receive(5000)
        server.signal(number)
        for listener in listeners:
            with listener:
                closed = listener.control.wait_closed()
                assert closed.cause is Cause.BYE
                assert closed.code == ErrorCode.SHUTTING_DOWN
                assert closed.text
        silent.close()
        assert server.wait() == 0
        assert "Traceback" not in server.log


def test_a_signal_does_not_wait_for_who_does_not_answer(music: Music) -> None:
    with running_server(music.folder) as server, Control(server.address) as mute:
        assert isinstance(mute.hello(), Welcome)
        assert server.stop() == 0


def test_a_log_that_nobody_reads_holds_nobody_up(music: Music) -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    options = ("--verbose", "--state", "none", "--max-sessions-per-address", "0")
    arguments = (*options, "--host", "127.0.0.1", "0", str(music.folder))
    server = subprocess.Popen(
        (sys.executable, "-m", "server", *arguments), cwd=ROOT, stderr=writing
    )
    os.close(writing)
    try:
        with os.fdopen(reading, "rb", buffering=0) as log:
            said = b""
            while (match := re.search(rb'listening on 127\.0\.0\.1:(\d+)"', said)) is None:
                said += log.read(1)
            for _ in range(100):  # each of whom is good for two lines
                with Listener(("127.0.0.1", int(match[1]))) as listener:
                    assert listener.tracks().total
            server.send_signal(signal.SIGTERM)
            assert server.wait(PATIENCE) == 0
            rest = log.read(8192)
            assert len(rest) >= 3500  # of 4096, in whole lines
            assert b"Traceback" not in rest
    finally:
        server.kill()
        server.wait()


def test_a_server_without_standard_error_serves(music: Music) -> None:
    port = free_ports(1).low
    arguments = ("--state", "none", "--host", "127.0.0.1", str(port), str(music.folder))
    command = ("sh", "-c", 'exec "$@" 2>&-', "sh", sys.executable, "-m", "server", *arguments)
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        until(lambda: can_connect(port), "the server to listen")
        with Listener(("127.0.0.1", port)) as listener:
            assert listener.tracks().total
        server.send_signal(signal.SIGTERM)
        assert server.communicate(timeout=PATIENCE)[0] == b""
        assert server.returncode == 0
    finally:
        server.kill()
        server.communicate()


def test_a_second_signal_a_moment_later_is_no_second_thought(music: Music) -> None:
    with running_server(music.folder) as server:
        server.signal(signal.SIGINT)
        server.signal(signal.SIGTERM)
        assert server.wait() == 0


def test_ids_and_songs_go_on_after_a_sigkill(folder: Path, tmp_path: Path) -> None:
    songs = write_songs(folder)
    state = ("--state", str(tmp_path / "state"))
    with running_server(folder, *state) as server, Listener(server.address) as listener:
        assert listener.tracks().total == 3
        stream = listener.play(2)
        first = listener.receive(20_000)
    # While nobody looked: a new name, a file that sorts before all others, one less.
    (folder / "2.mp3").rename(folder / "two.mp3")
    (folder / "0.mp3").write_bytes(song(9, 30))
    (folder / "3.mp3").unlink()
    with running_server(folder, *state) as server:
        with Control(server.address) as control:
            answer = control.hello(listener.session, listener.secret)
            assert isinstance(answer, Error)
            assert answer.code == ErrorCode.NO_SUCH_SESSION
        with Listener(server.address) as again:
            until(lambda: {entry.track for entry in again.tracks().tracks} == {1, 2, 4})
            rest = again.play(2, start=len(first), digest=stream.digest)
            assert first[: rest.offset] + again.receive_all() == songs[1]
            again.play(4)
            assert again.receive_all() == song(9, 30)
