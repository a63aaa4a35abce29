# SPDX-License-Identifier: GPL-3.0-or-later
"""The server with metrics and without: what it answers, and what is never loaded."""

import importlib.util
import logging
import re
import socket
import subprocess
import sys
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import gevent
import pytest

from server.app import App
from server.config import Config, Endpoint, Limits, StationPlan
from server.draining import Mode
from server.metrics.door import Page
from server.metrics.opening import FRESH, Kept, healthy
from server.starting import StartError
from tests.server.library.files import until
from tests.server.wires import read_all


def config(folder: Path, metrics: Endpoint | None) -> Config:
    limits = Limits(sessions=10)
    return Config(folder=folder, port=0, host="127.0.0.1", limits=limits, metrics=metrics)


def get(port: int, path: str) -> str:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setblocking(False)
        client.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return read_all(client).decode()


def test_a_server_answers_until_it_has_stopped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "antiphon.server")
    app = App(replace(config(tmp_path, Endpoint("127.0.0.1", 0)), stations=(StationPlan("main"),)))
    running = gevent.spawn(app.run)
    until(lambda: "metrics at" in caplog.text)
    found = re.search(r"metrics at http://127.0.0.1:(\d+)/metrics", caplog.text)
    assert found is not None
    port = int(found[1])
    until(lambda: "200 OK" in get(port, "/healthz"))
    assert get(port, "/healthz").endswith("\r\n\r\nok\n")
    assert "\nantiphon_library_tracks 0.0\n" in get(port, "/metrics")
    for name in ("listeners", "fed", "depth", "lag_seconds"):
        assert f'\nantiphon_station_{name}{{station="main"}} 0.0\n' in get(port, "/metrics")
    app.stop()
    running.get(timeout=30)
    with pytest.raises(ConnectionRefusedError):
        get(port, "/healthz")


def test_a_port_in_use_leaves_nothing_open(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StartError, match=f"--metrics: 127.0.0.1:{port} is in use"):
            App(config(tmp_path, Endpoint("127.0.0.1", port)))


def test_without_the_library_a_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_name: str) -> None:
        return None

    monkeypatch.setattr(importlib.util, "find_spec", nothing)
    with pytest.raises(StartError, match="pip install prometheus_client"):
        App(config(tmp_path, Endpoint("127.0.0.1", 0)))


def test_where_nobody_asks_the_library_is_not_loaded() -> None:
    code = "import sys, server.app; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("mode", "is_walked", "status", "said"),
    [
        (Mode.SERVING, True, 200, b"ok"),
        (Mode.SERVING, False, 503, b"for the first time"),
        (Mode.DRAINING, True, 503, b"drains"),
        (Mode.LEAVING, True, 503, b"about to stop"),
    ],
)
def test_whether_listeners_should_come(
    mode: Mode, said: bytes, status: int, *, is_walked: bool
) -> None:
    page = healthy(mode, is_walked=is_walked)
    assert page.status == status
    assert said in page.body


def test_many_who_ask_at_once_are_told_the_same() -> None:
    now, made = [0.0], [0]

    def make() -> Page:
        made[0] += 1
        return Page(HTTPStatus.OK, str(made[0]).encode())

    kept = Kept(make, clock=lambda: now[0])
    assert [kept.page().body for _ in range(3)] == [b"1"] * 3
    now[0] += FRESH
    assert kept.page().body == b"2"
