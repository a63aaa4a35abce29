# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of a real server whose users log in, listen and offer to relay: lines, and no secrets."""

import base64
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from control.events import Closed
from control.relay_messages import Relay
from control.session_messages import Login
from control.station_messages import Tune
from tests.certificates import papers
from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Control
from tests.e2e.server_process import PATIENCE, ROOT, ServerProcess, running_server
from tests.server.station.redis_server import RedisServer, on_free_port

PASSWORD, WRONG, OF_REDIS = "sésame, ouvre-toi", "geheim", "barley-and-rye"
RELAY_KEY = bytes(range(100, 132))
LINE = re.compile(
    r"time=\S+ level=(debug|info|warning|error) msg=(\"([^\"\\]|\\.)*\"|\S+) event=[a-z_]+"
    r"( [a-z_]+=(\"([^\"\\]|\\.)*\"|[^ \"]+))*"
)

pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server")


@dataclass(frozen=True, slots=True)
class Evening:
    """What a server said, and what it was told that is nobody else's business."""

    lines: list[str]
    secrets: list[str]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RedisServer, str]]:
    folder = tmp_path_factory.mktemp("redis")
    server, port = on_free_port(folder, "--port", "--requirepass", OF_REDIS)
    yield server, f"redis://:{OF_REDIS}@127.0.0.1:{port}"
    server.kill()


@pytest.fixture(scope="module", params=["text", "json"])
def evening(
    request: pytest.FixtureRequest,
    redis: tuple[RedisServer, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Evening:
    folder = tmp_path_factory.mktemp("evening")
    users, password = folder / "users", folder / "password"
    password.write_text(f"{PASSWORD}\n", "utf-8")
    _client("server", "user", "add", "alice", "--file", str(users), said=f"{PASSWORD}\n")
    certificate, key = papers().write(folder)
    options = ("--verbose", "--users", str(users), "--station", "main", "--station-store", redis[1])
    form = ("--log-json",) if request.param == "json" else ()
    with running_server(ROOT / "music", *options, *form) as server:
        login = ("--user", "alice", "--password-file", str(password))
        address = (server.host, str(server.port))
        play = ("-c", "play 3", "-c", "seek 1:25", "-c", "wait")
        _client("client", *login, "--sink", "null", *play, *address)
        secrets = [*_talk(server), *_written(PASSWORD), *_written(WRONG), OF_REDIS]
        server.stop()
    tls = ("--certificate", str(certificate), "--key", str(key))
    with running_server(ROOT / "music", *tls, *form) as other:
        other.stop()
    secrets += [key.read_text("ascii").splitlines()[1], *_seeds(redis[0])]
    return Evening(server.lines + other.lines, secrets)


def _client(*words: str, said: str = "") -> None:
    command = (sys.executable, "-m", *words)
    subprocess.run(
        command,
        cwd=ROOT,
        input=said.encode(),
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=PATIENCE,
    )


def _talk(server: ServerProcess) -> list[str]:
    """What alice's own client would keep to itself."""
    secrets: list[str] = []
    alice = Login("alice", PASSWORD)
    with Control(server.address) as control:
        assert isinstance(control.hello(login=Login("alice", WRONG)), Closed)
    with Listener(server.address, login=alice) as listener:
        secrets += [*_written(listener.secret), *_written(listener.ticket)]
        listener.control.ask(Tune(1, "main"))
        listener.control.tell(Relay(1, 1, 0, RELAY_KEY))
        listener.control.next_answer()  # nobody answers there
        listener.reopen()
        secrets += _written(listener.ticket)
        listener.bye()
    server.says("session_ended")
    return [*secrets, *_written(RELAY_KEY)]


def _seeds(redis: RedisServer) -> list[str]:
    """Of which the station's private key is made."""
    words = ("-a", OF_REDIS, "--no-auth-warning")
    kept = [
        redis.command(*words, "HGETALL", key)
        for key in redis.command(*words, "KEYS", "*").splitlines()
    ]
    seeds = re.findall(r'"seed": ?"([0-9a-f]{32,})"', "\n".join(kept).replace("\\", ""))
    assert seeds, kept
    return [text for seed in seeds for text in _written(bytes.fromhex(seed))]


def _written(secret: str | bytes) -> list[str]:
    """The ways in which it might get into a log."""
    octets = secret.encode() if isinstance(secret, str) else secret
    plain = [secret, json.dumps(secret)[1:-1]] if isinstance(secret, str) else [str(secret)[2:-1]]
    return [*plain, octets.hex(), base64.b64encode(octets).decode(), str(list(octets))[1:-1]]


def test_no_secret_is_in_a_log(evening: Evening) -> None:
    log = "\n".join(evening.lines)
    assert len(evening.secrets) > 20
    assert [secret for secret in evening.secrets if secret in log] == []
    assert "scrypt" not in log


def test_each_line_is_one_event(evening: Evening) -> None:
    found: set[str] = set()
    for line in evening.lines:
        if line.startswith("{"):
            told = json.loads(line)
            assert datetime.fromisoformat(told["time"]).tzinfo is not None
            assert told["level"] in {"debug", "info", "warning", "error"}
            assert told["msg"]
            found.add(told["event"])
        else:
            assert LINE.fullmatch(line), line
            found.update(re.findall(r" event=([a-z_]+)", line))
    assert found >= {
        *("listening", "folder_read", "users_read", "station_begun", "station_songs"),
        *("session_opened", "session_heard", "session_ended", "login_failed", "relay_refused"),
        *("certificate", "shutting_down"),
    }
    assert not found & {"other", "defect"}


def test_who_is_in_fields(evening: Evening) -> None:
    opened = [line for line in evening.lines if "session_opened" in line]
    for line in opened:
        assert re.search(r'session(=|": )\d', line)
        assert re.search(r'peer(=|": ")127\.0\.0\.1', line)
        assert re.search(r'user(=|": ")alice', line)


def test_a_station_says_once_what_it_has(evening: Evening) -> None:
    said = [line for line in evening.lines if "station_songs" in line]
    # How the rest of the folder is found is nobody's news, though it may take a while.
    assert len([line for line in said if "debug" not in line]) == 1
    assert len(set(said)) == len(said)


def test_no_line_stands_twice(evening: Evening) -> None:
    told = [line.partition("level")[2] for line in evening.lines]
    again = {line for line in told if told.count(line) > 1}
    assert not {line for line in again if "session" in line or "station" in line}


def test_a_name_cannot_forge_a_line(tmp_path: Path) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    forged = 'x" event=shutting_down level=error\ntime=now level=error msg=forged.mp3'
    (folder / forged).write_text("no music " * 100)
    with running_server(folder) as server:
        server.says("left_out")
        server.stop()
    assert all(LINE.fullmatch(line) for line in server.lines), server.lines
    (line,) = [line for line in server.lines if "forged" in line]
    assert " event=left_out " in line
    assert not [line for line in server.lines if line.startswith("time=now")]
