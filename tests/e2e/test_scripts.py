# SPDX-License-Identifier: GPL-3.0-or-later
"""The client in scripts: real processes, pipes on both sides, and the status that they end with."""

import json
import re
import signal
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.server_process import PATIENCE, ROOT, ServerProcess, running_server, until

LIST = """\
1\tGymnopédie No. 1\tErik Satie\tAntiphon sample music\t1:39
2\tPrelude in C major, BWV 846\tJohann Sebastian Bach\tAntiphon sample music\t1:58
3\tCanon in D major\tJohann Pachelbel\tAntiphon sample music\t1:26
"""


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with running_server(ROOT / "music") as process:
        yield process


def words(server: ServerProcess, *options: str) -> list[str]:
    """The client's command line."""
    return [sys.executable, "-m", "client", *options, f"{server.host}:{server.port}"]


def run(server: ServerProcess, *options: str, script: str = "") -> tuple[int, str, str]:
    """Exit status, standard output and standard error."""
    done = subprocess.run(
        words(server, *options),
        cwd=ROOT,
        input=script.encode(),
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_list_in_a_pipe_is_the_list_and_nothing_else(server: ServerProcess) -> None:
    assert run(server, "-c", "list") == (0, LIST, "")


def test_commands_come_from_standard_input(server: ServerProcess) -> None:
    script = "# a tour\nlist canon\n\nplay 2\nstatus\nstop\nquit\nplay 1\n"
    status, out, err = run(server, "--sink", "null", script=script)
    assert (status, err) == (0, "")
    assert out.startswith("3\tCanon in D major\t")
    assert out.endswith("Stopped.\n")
    assert "Gymnopédie" not in out  # what stands behind quit is not done


@pytest.mark.parametrize("command", ["play 4711", "play no such thing", "stop", "plya 1", "wait"])
def test_a_command_that_fails_makes_the_status_1(server: ServerProcess, command: str) -> None:
    status, out, err = run(server, "--sink", "null", "-c", command, "-c", "list")
    assert (status, out) == (1, LIST)  # the rest is done all the same
    assert err.count("\n") == 1


def test_wait_waits_for_the_last_sample(server: ServerProcess, tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    status, _, err = run(server, "--sink", f"wav:{path}", "-c", "play prelude", "-c", "wait")
    assert (status, err) == (0, "")
    with wave.open(str(path)) as song:
        assert song.getnframes() / song.getframerate() == pytest.approx(118.57, abs=0.1)


def test_sound_on_standard_output_is_alone_there(server: ServerProcess, tmp_path: Path) -> None:
    path = tmp_path / "song.raw"
    assert run(server, "--sink", f"raw:{path}", "-c", "play 3", "-c", "wait")[0] == 0
    for form in ([], ["--json"]):
        done = subprocess.run(
            words(server, "--sink", "raw:-", *form, "-c", "play 3", "-c", "wait"),
            cwd=ROOT,
            capture_output=True,
            check=True,
            timeout=PATIENCE,
        )
        assert done.stdout == path.read_bytes()
        assert b"Canon in D major" in done.stderr


def test_json_is_an_object_a_line(server: ServerProcess) -> None:
    # In time, so that the song cannot be over before the seek.
    commands = ("list", "play 3", "seek 1:25", "wait", "plya", "quit")
    options = [word for command in commands for word in ("-c", command)]
    status, out, err = run(server, "--json", "--sink", "null", *options)
    events = [json.loads(line) for line in out.splitlines()]
    assert (status, err) == (1, "")
    assert out.isascii()
    assert [event["title"] for event in events if event["event"] == "track"] == [
        "Gymnopédie No. 1",
        "Prelude in C major, BWV 846",
        "Canon in D major",
    ]
    ends = [(event["command"], event["ok"]) for event in events if event["event"] == "ended"]
    assert ends == [(command, command != "plya") for command in commands]
    names = [event["event"] for event in events]
    assert names[0] == "connected"
    assert names.index("playing") < names.index("finished")


def test_a_reader_who_has_seen_enough_is_no_trouble(server: ServerProcess) -> None:
    client = subprocess.Popen(
        words(server, "--sink", "null"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert client.stdin is not None
    assert client.stdout is not None
    client.stdin.write(b"list\n")
    client.stdin.flush()
    assert client.stdout.readline().decode() == LIST.splitlines(keepends=True)[0]
    client.stdout.close()
    client.stdin.write(b"list\n")
    client.stdin.close()
    assert client.stderr is not None
    with client.stderr:
        assert client.stderr.read() == b""
    assert client.wait(PATIENCE) == 128 + signal.SIGPIPE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_script_in_order(server: ServerProcess, number: signal.Signals) -> None:
    client = subprocess.Popen(
        words(server, "--sink", "null", "-c", "play 1", "-c", "wait"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert client.stdout is not None
    assert client.stderr is not None
    with client.stdout, client.stderr:
        assert client.stdout.readline().decode().startswith("1: Gymnopédie No. 1")
        until(lambda: server.songs() == 1, "the song to be sent")
        client.send_signal(number)
        assert client.wait(PATIENCE) == 128 + number
        assert client.stderr.read() == b""
    until(lambda: server.songs() == 0, "the server to hear of it")


def test_a_server_out_of_reach_is_one_sentence() -> None:
    with running_server(ROOT / "music") as server:
        pass
    status, out, err = run(server, "-c", "list")
    assert (status, out) == (1, "")
    assert err.startswith(f"Cannot reach 127.0.0.1, port {server.port}: connection refused.")
    assert err.count("\n") == 1


def test_a_sink_that_does_not_exist_is_one_sentence(server: ServerProcess) -> None:
    status, out, err = run(server, "--sink", "gramophone", "-c", "list")
    assert (status, out) == (2, "")
    assert err.startswith("antiphon: argument --sink: there is no sink “gramophone”; there are ")
    assert err.count("\n") == 2


def test_a_file_that_cannot_be_written_is_one_sentence(server: ServerProcess) -> None:
    status, out, err = run(server, "--sink", "wav:/none/song.wav", "-c", "list")
    assert (status, out) == (1, "")
    assert err == "Cannot write /none/song.wav: No such file or directory. Name another file.\n"


def test_the_operator_sees_what_was_heard() -> None:
    play = ("-c", "play 3", "-c", "seek 1:24", "-c", "wait")
    with running_server(ROOT / "music") as server:
        assert run(server, "--sink", "null", "--no-report", *play)[0] == 0
        assert run(server, "--sink", "null", *play)[0] == 0
        server.says(" heard ")
        (line,) = [line for line in server.lines if " heard " in line]
    assert re.search(r"session 2 heard [23] s of sound; stalls: 0", line), line
