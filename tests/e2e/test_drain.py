# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md, "Draining", with real processes: one server ends, and the next one takes its port."""

import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from common.errors import ErrorCode
from control.events import Cause, Closed
from control.music_messages import Play
from control.session_messages import Drain
from data.frames import End
from tests.e2e.innocent import Music
from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Control
from tests.e2e.server_process import PATIENCE, ROOT, ServerProcess, running_server, until
from tests.e2e.songs import FRAME, write_songs

MOST_HELD = 16 << 20  # bytes that a client holds at most


def test_what_is_playing_arrives_and_then_all_is_over(music: Music) -> None:
    with running_server(music.folder) as server:
        with Listener(server.address) as listener, Listener(server.address) as idle:
            listener.play(1, window=10 * FRAME)
            listener.receive(9 * FRAME)
            server.signal(signal.SIGTERM)
            assert idle.control.wait_closed().code == ErrorCode.SHUTTING_DOWN
            assert [type(notice) for notice in idle.control.notices] == [Drain]
            with pytest.raises(ConnectionRefusedError):
                Control(server.address)
            assert listener.receive_all() == music.songs[0]
            assert isinstance(listener.outcome, End)
            closed = listener.control.wait_closed()
            assert (closed.cause, closed.code) == (Cause.BYE, ErrorCode.SHUTTING_DOWN)
            assert listener.control.notices == [Drain(600)]
        assert server.wait() == 0
        assert "Traceback" not in server.log


def test_nothing_new_is_begun(music: Music) -> None:
    with running_server(music.folder) as server:
        with Listener(server.address) as listener, Control(server.address) as late:
            listener.play(1, window=10 * FRAME)
            server.signal(signal.SIGTERM)
            until(lambda: "draining" in server.log)
            answer = late.hello()
            assert isinstance(answer, Closed)
            assert (answer.cause, answer.code) == (Cause.ERROR, ErrorCode.SHUTTING_DOWN)
            assert listener.tracks().total == 3  # other requests are answered as ever
            listener.control.tell(Play(2, 2))
            closed = listener.control.wait_closed()
            assert (closed.cause, closed.code) == (Cause.ERROR, ErrorCode.SHUTTING_DOWN)
        assert server.wait() == 0


def test_the_time_is_up(music: Music) -> None:
    with running_server(music.folder, "--drain-timeout", "1") as server:
        with Listener(server.address) as listener:
            listener.play(1, window=10 * FRAME)
            server.signal(signal.SIGTERM)
            closed = listener.control.wait_closed()
            assert (closed.cause, closed.code) == (Cause.BYE, ErrorCode.SHUTTING_DOWN)
        assert server.wait() == 0


def test_a_second_signal_ends_it_at_once(music: Music) -> None:
    with running_server(music.folder) as server:
        with Listener(server.address) as listener:
            listener.play(1, window=10 * FRAME)
            server.signal(signal.SIGTERM)
            until(lambda: "draining" in server.log)
            server.signal(signal.SIGINT)
            assert isinstance(listener.control.wait_closed(), Closed)
        assert server.wait() == 0


def test_who_has_gone_is_not_waited_for(music: Music) -> None:
    with running_server(music.folder) as server:
        with Listener(server.address) as listener:
            listener.play(1, window=10 * FRAME)
        with socket.create_connection(server.address):
            server.signal(signal.SIGTERM)
            assert server.wait() == 0


@contextmanager
def player(server: ServerProcess, wav: Path) -> Generator["subprocess.Popen[str]"]:
    """A client that is told what to do on its standard input."""
    options = ("--json", "--sink", f"wav:{wav}", "--read-ahead", "8")
    process = subprocess.Popen(
        (sys.executable, "-m", "client", *options, server.host, str(server.port)),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def tell(process: "subprocess.Popen[str]", *commands: str) -> None:
    assert process.stdin is not None
    process.stdin.write("\n".join([*commands, ""]))
    process.stdin.flush()


def await_event(process: "subprocess.Popen[str]", name: str) -> str:
    """The first line of an event, from the next one on."""
    assert process.stdout is not None
    for line in process.stdout:
        if f'"event": "{name}"' in line:
            return line
    raise AssertionError(f"the client ended without {name}")


def finish(process: "subprocess.Popen[str]") -> None:
    """The song goes on to its end."""
    tell(process, "resume", "wait", "quit")
    await_event(process, "finished")
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


@pytest.mark.parametrize("frames", [2000, 42_000])
def test_a_song_is_heard_to_its_end_from_two_servers(
    folder: Path, tmp_path: Path, frames: int
) -> None:
    """Whether it fits into what the client holds, or the second server has to send the rest."""
    (song,) = write_songs(folder, count=1, frames=frames)
    state = ("--state", str(tmp_path / "state"))
    undisturbed, drained = tmp_path / "undisturbed.wav", tmp_path / "drained.wav"
    with running_server(folder, *state) as server:
        with player(server, undisturbed) as process:
            tell(process, "play 1", "pause")
            finish(process)
        with player(server, drained) as process:
            tell(process, "play 1", "pause")
            await_event(process, "playing")
            server.signal(signal.SIGTERM)
            if len(song) > MOST_HELD:
                server.says("draining")
                server.signal(signal.SIGINT)  # it would be ten minutes
            assert server.wait() == 0
            successor = ServerProcess(folder, *state, port=server.port)
            try:
                finish(process)
                assert successor.stop() == 0
            finally:
                successor.kill()
    assert drained.read_bytes() == undisturbed.read_bytes()


def test_a_song_that_the_draining_server_refuses_comes_from_the_next_one(
    folder: Path, tmp_path: Path
) -> None:
    write_songs(folder, count=2)
    state = ("--state", str(tmp_path / "state"))
    undisturbed, drained = tmp_path / "undisturbed.wav", tmp_path / "drained.wav"
    with running_server(folder, *state) as server:
        with player(server, undisturbed) as process:
            tell(process, "play 2", "wait", "quit")
            process.communicate(timeout=PATIENCE)
        with Listener(server.address) as other, player(server, drained) as process:
            other.play(1, window=10 * FRAME)  # so that the server has to wait
            tell(process, "list")
            await_event(process, "track")
            server.signal(signal.SIGTERM)
            server.says("draining")
            tell(process, "play 2")
            other.close()
            assert server.wait() == 0
            successor = ServerProcess(folder, *state, port=server.port)
            try:
                tell(process, "wait", "quit")
                await_event(process, "finished")
                process.communicate(timeout=PATIENCE)
            finally:
                successor.kill()
    assert drained.read_bytes() == undisturbed.read_bytes()
