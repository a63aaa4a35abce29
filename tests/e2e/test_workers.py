# SPDX-License-Identifier: GPL-3.0-or-later
"""`antiphon-server --workers 2`: one server to its listeners, whatever becomes of its processes."""

import os
import signal
import socket
from pathlib import Path

import pytest

from common.errors import ErrorCode
from control.session_messages import Drain, Welcome
from server.config import PortRange
from tests.e2e.innocent import Music
from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Control
from tests.e2e.server_process import PATIENCE, running_server, until
from tests.e2e.songs import FRAME, song, write_songs
from tests.e2e.test_drain import await_event, finish, player, tell
from tests.e2e.test_takeover import handing_over, says, waiting_server
from tests.e2e.worker_processes import (
    TWO,
    both,
    is_gone,
    is_of,
    one_at_each,
    two_workers,
    wait_for,
    worker_at,
    workers_of,
)
from tests.server.wires import free_ports


def test_both_serve_the_same(music: Music) -> None:
    ports = free_ports(4)
    with two_workers(music.folder, "--data-ports", str(ports)) as server, both(server) as pair:
        first, second = pair
        assert first.data_address[1] in (ports.low, ports.low + 1)
        assert second.data_address[1] in (ports.high - 1, ports.high)
        assert first.tracks() == second.tracks()
        for listener in pair:
            for number, audio in enumerate(music.songs, 1):
                listener.play(number)
                assert listener.receive_all() == audio


def test_a_song_that_comes_and_one_that_goes(folder: Path) -> None:
    write_songs(folder)
    with two_workers(folder) as server, both(server) as pair:
        (folder / "2.mp3").unlink()
        audio = song(4, frames=100)
        (folder / "new.mp3").write_bytes(audio)
        for listener in pair:
            until(lambda: [entry.track for entry in listener.tracks().tracks] == [1, 3, 4])  # noqa: B023 at once
            listener.play(4)
            assert listener.receive_all() == audio


def test_whose_worker_is_killed_goes_on_at_the_other(folder: Path, tmp_path: Path) -> None:
    """At the byte; and the worker is started again, and serves."""
    write_songs(folder, count=1)
    undisturbed, survived = tmp_path / "undisturbed.wav", tmp_path / "survived.wav"
    with two_workers(folder, "--verbose") as server:
        with player(server, undisturbed) as process:
            tell(process, "play 1", "pause")
            finish(process)
        before = len(server.lines)
        with player(server, survived) as process:
            tell(process, "play 1", "pause")
            await_event(process, "playing")
            (opened,) = [line for line in server.lines[before:] if " opened from " in line]
            killed = 1 if is_of(1, opened) else 2
            pid = workers_of(server.pid)[killed]
            server.signal(signal.SIGSTOP)  # nobody is started again yet
            os.kill(pid, signal.SIGKILL)
            wait_for(server, 3 - killed, " opened from ", since=before)
            server.signal(signal.SIGCONT)
            server.says(f"worker {killed} was killed by signal 9 and is started again")
            finish(process)
        assert survived.read_bytes() == undisturbed.read_bytes()
        until(lambda: workers_of(server.pid).get(killed, pid) != pid, "it to be started again")
        with both(server) as pair:
            assert [worker_at(one.session) for one in pair] == [1, 2]
            assert pair[0].tracks() == pair[1].tracks()


def test_a_session_is_nothing_to_the_other_worker(music: Music) -> None:
    """The client begins a new one there, and asks for the rest of the song by its digest."""
    with two_workers(music.folder) as server, both(server) as (first, second):
        stream = first.play(2, window=10 * FRAME)
        first.receive(5 * FRAME)

        def refused() -> bool:
            with Control(server.address) as again:
                answer = again.hello(first.session, first.secret)
                if isinstance(answer, Welcome):  # by chance at the same worker
                    assert answer.resumed
                    first.secret = answer.secret
                    return False
                return getattr(answer, "code", None) == ErrorCode.NO_SUCH_SESSION

        until(refused, "the other worker")
        rest = second.play(2, start=5 * FRAME, digest=stream.digest)
        assert rest.offset == 5 * FRAME
        assert second.receive_all() == music.songs[1][5 * FRAME :]


def test_what_is_playing_arrives_from_both(music: Music) -> None:
    with two_workers(music.folder) as server, both(server) as pair:
        pids = workers_of(server.pid).values()
        for listener in pair:
            listener.play(1, window=10 * FRAME)
            listener.receive(9 * FRAME)
        server.signal(signal.SIGTERM)
        for listener in pair:
            until(lambda: listener.tracks().total and listener.control.notices)  # noqa: B023 at once
            assert listener.control.notices == [Drain(600)]
        with pytest.raises(ConnectionRefusedError):
            Control(server.address)
        assert server.running
        for listener in pair:
            assert listener.receive_all() == music.songs[0]
            assert listener.control.wait_closed().code == ErrorCode.SHUTTING_DOWN
        assert server.wait() == 0
        assert all(map(is_gone, pids))


def test_the_parent_speaks_to_the_service_manager(music: Music, tmp_path: Path) -> None:
    notify, file = tmp_path / "notify", tmp_path / "antiphon.toml"
    file.write_text("grace = 7\n")
    with (
        socket.create_server(("127.0.0.1", 0)) as port,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
    ):
        manager.settimeout(PATIENCE)
        manager.bind(str(notify))
        options = (*TWO, "--config", str(file))
        with handing_over(port, notify, music.folder, *options) as server:
            assert manager.recv(100) == b"READY=1"
            for listener in one_at_each(port.getsockname(), Listener):
                with listener:
                    listener.play(1)
                    assert listener.receive_all() == music.songs[0]
            server.send_signal(signal.SIGHUP)
            assert manager.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
            assert manager.recv(100) == b"READY=1"
            server.send_signal(signal.SIGTERM)
            assert manager.recv(100) == b"STOPPING=1"
            assert server.wait(PATIENCE) == 0
            manager.setblocking(False)
            with pytest.raises(BlockingIOError):
                manager.recv(100)


def test_the_next_server_takes_over(folder: Path, tmp_path: Path) -> None:
    songs = write_songs(folder)
    options = (*TWO, "--reuse-port", "--state", str(tmp_path / "state"))
    with (
        running_server(folder, *options) as server,
        both(server) as pair,
        waiting_server(folder, *options, port=server.port) as successor,
    ):
        streams = [listener.play(2, window=10 * FRAME) for listener in pair]
        says(successor, "waiting until another server drains")
        server.signal(signal.SIGTERM)
        says(successor, "listening on")
        wait_for(server, 1, "draining")
        wait_for(server, 2, "draining")
        for again in one_at_each(server.address, Listener):
            with again:
                again.play(2, start=5 * FRAME, digest=streams[0].digest)
                assert again.receive_all() == songs[1][5 * FRAME :]
        for listener in pair:
            assert listener.receive_all() == songs[1]
        assert server.wait() == 0
        successor.send_signal(signal.SIGINT)
        assert successor.wait(PATIENCE) == 0


def refusal(folder: Path, *options: str, port: int = 0) -> str:
    """What a server says that does not start."""
    with waiting_server(folder, "--state", "none", *TWO, *options, port=port) as server:
        _, said = server.communicate(timeout=PATIENCE)
        assert server.returncode in (1, 2)
        assert "Traceback" not in said
        return said


def test_it_says_why_it_does_not_start(music: Music, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    assert f"the music folder {nowhere} cannot be used" in refusal(nowhere)
    assert "--station-store" in refusal(music.folder, "--station", "main")
    with running_server(music.folder, *TWO) as other:
        assert f"127.0.0.1:{other.port} is in use" in refusal(music.folder, port=other.port)
    two = free_ports(2)
    with socket.create_server(("127.0.0.1", two.high)):  # the second worker's
        said = refusal(music.folder, "--data-ports", str(two))
        (sentence,) = [line for line in said.splitlines() if line.startswith("antiphon-server: ")]
        assert sentence.startswith("antiphon-server: worker 2: no data port of ")
        assert f"{PortRange(two.high, two.high)} is free" in sentence
        assert said.endswith(f"{sentence}\n")


def test_numbers_that_nobody_keeps_leave_nothing_behind(
    music: Music, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with running_server(music.folder, *TWO) as server:
        assert list(tmp_path.iterdir()) != []
        assert server.stop() == 0
    assert list(tmp_path.iterdir()) == []
    with running_server(music.folder, *TWO) as server:
        assert list(tmp_path.iterdir()) != []
        server.signal(signal.SIGKILL)
        until(lambda: list(tmp_path.iterdir()) == [], "it to be forgotten")


def test_each_answers_prometheus(music: Music) -> None:
    pytest.importorskip("prometheus_client")
    ports = free_ports(2)
    with two_workers(music.folder, "--metrics", str(ports.low)) as server, both(server):
        for port in (ports.low, ports.high):
            with socket.create_connection(("127.0.0.1", port)) as sock:
                sock.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
                answer = b"".join(iter(lambda: sock.recv(65536), b""))
            assert b"\nantiphon_library_tracks 3" in answer
