# SPDX-License-Identifier: GPL-3.0-or-later
"""One server after the other on the same port and state, and a configuration that changes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from common.errors import ErrorCode
from control.session_messages import Welcome
from tests.e2e.innocent import Music
from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Control
from tests.e2e.server_process import PATIENCE, ROOT, running_server
from tests.e2e.songs import FRAME, write_songs


@contextmanager
def waiting_server(folder: Path, *options: str, port: int) -> Generator["subprocess.Popen[str]"]:
    """A server that need not listen yet."""
    words = (
        sys.executable,
        "-m",
        "server",
        "--host",
        "127.0.0.1",
        *options,
        str(port),
        str(folder),
    )
    process = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def says(process: "subprocess.Popen[str]", text: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    raise AssertionError(f"it ended without {text}")


def test_the_next_server_waits_for_the_library_and_then_listens(
    folder: Path, tmp_path: Path
) -> None:
    songs = write_songs(folder)
    options = ("--reuse-port", "--state", str(tmp_path / "state"))
    with (
        running_server(folder, *options) as server,
        Listener(server.address) as listener,
        waiting_server(folder, *options, port=server.port) as successor,
    ):
        stream = listener.play(2, window=10 * FRAME)
        says(successor, "waiting until another server drains")
        server.signal(signal.SIGTERM)
        says(successor, "listening on")
        server.says("draining")
        with Listener(server.address) as again:  # while the old one still sends
            rest = again.play(2, start=5 * FRAME, digest=stream.digest)
            assert rest.offset == 5 * FRAME
            assert again.receive_all() == songs[1][5 * FRAME :]
        assert listener.receive_all() == songs[1]
        assert server.wait() == 0
        successor.send_signal(signal.SIGINT)
        assert successor.wait(PATIENCE) == 0


def test_without_that_option_it_does_not_start(folder: Path, tmp_path: Path) -> None:
    write_songs(folder)
    state = ("--state", str(tmp_path / "state"))
    with running_server(folder, *state) as server:
        with waiting_server(folder, *state, port=0) as other:
            says(other, "another server is using the state directory")
            assert other.wait(PATIENCE) == 1
        with waiting_server(folder, "--state", "none", "--reuse-port", port=server.port) as other:
            says(other, "in use")
            assert other.wait(PATIENCE) == 1


@contextmanager
def handing_over(
    sock: socket.socket, notify: Path, folder: Path, *options: str
) -> Generator["subprocess.Popen[str]"]:
    """A server that finds its control port as descriptor 3, as systemd does it."""
    os.set_inheritable(sock.fileno(), True)
    script = 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@" 3<&"$FROM"'
    words = (sys.executable, "-m", "server", "--state", "none", *options, str(folder))
    process = subprocess.Popen(
        ("bash", "-c", script, "bash", *words),
        cwd=ROOT,
        env={**os.environ, "FROM": str(sock.fileno()), "NOTIFY_SOCKET": str(notify)},
        pass_fds=(sock.fileno(),),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_service_manager_holds_the_port(music: Music, tmp_path: Path) -> None:
    notify = tmp_path / "notify"
    with (
        socket.create_server(("127.0.0.1", 0)) as port,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
    ):
        manager.settimeout(PATIENCE)
        manager.bind(str(notify))
        address = port.getsockname()
        with handing_over(port, notify, music.folder) as first:
            assert manager.recv(100) == b"READY=1"
            with Listener(address) as listener:
                listener.play(1, window=10 * FRAME)
                first.send_signal(signal.SIGTERM)
                assert manager.recv(100) == b"STOPPING=1"
                says(first, "draining")
                with (
                    Control(address) as waits,  # until there is somebody to accept it
                    handing_over(port, notify, music.folder) as second,
                ):
                    assert manager.recv(100) == b"READY=1"
                    assert isinstance(waits.hello(), Welcome)
                    assert listener.receive_all() == music.songs[0]
                    assert first.wait(PATIENCE) == 0
                    second.send_signal(signal.SIGINT)
                    assert second.wait(PATIENCE) == 0


def test_the_configuration_changes(music: Music, tmp_path: Path) -> None:
    file = tmp_path / "antiphon.toml"
    file.write_text("max-sessions = 1\n")
    with running_server(music.folder, "--config", str(file)) as server:
        with Listener(server.address), Control(server.address) as second:
            answer = second.hello()
            assert not isinstance(answer, Welcome)
            file.write_text('max-sessions = 3\ngrace = 5\nhost = "::1"\nverbose = true\n')
            server.signal(signal.SIGHUP)
            server.says("event=reloaded changed=grace,max-sessions,verbose")
            with Control(server.address) as third:
                welcome = third.hello()
                assert isinstance(welcome, Welcome)
                assert welcome.grace == 5
                server.says("event=session_opened")
            file.write_text("max-sessions = 0\n")
            server.signal(signal.SIGHUP)
            server.says("nothing was reloaded")
            with Control(server.address) as fourth:
                assert isinstance(fourth.hello(), Welcome)
        assert server.running


def test_without_a_file_a_hang_up_is_the_end(music: Music) -> None:
    with running_server(music.folder) as server:
        with Listener(server.address) as listener:
            server.signal(signal.SIGHUP)
            assert listener.control.wait_closed().code == ErrorCode.SHUTTING_DOWN
        assert server.wait() == 0


def test_unless_it_is_to_outlive_its_terminal(music: Music) -> None:
    with running_server(music.folder, prefix=("nohup",)) as server:
        server.signal(signal.SIGHUP)
        with Listener(server.address) as listener:
            assert listener.tracks().total == 3
