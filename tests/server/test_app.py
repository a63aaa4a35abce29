# SPDX-License-Identifier: GPL-3.0-or-later
"""The server put together, in this process: what cannot be seen from outside."""

import logging
import resource
import socket
from dataclasses import replace
from errno import EMFILE
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import gevent
import pytest

from common.errors import ErrorCode
from control.framing import Deframer, encode
from control.session_messages import Bye, Error, Goodbye, Hello, Welcome
from server.acceptor import Acceptor
from server.app import App
from server.config import Config, Limits, Share
from server.connections import Connections
from server.data_ports import DataPortPool
from server.gathering import Gathering
from server.library.library import Library
from server.proxies import Proxies
from server.starting import StartError
from server.station.stations import Stations
from tests.certificates import papers
from tests.server.library.files import until
from tests.server.wires import read_all, read_some


def config(folder: Path, *, port: int = 0, host: str = "127.0.0.1", waiting: int = 10) -> Config:
    limits = Limits(sessions=10, waiting=waiting)
    return Config(folder=folder, port=port, host=host, limits=limits)


@pytest.fixture(autouse=True)
def keep_the_descriptor_limit() -> None:
    """The limit is raised for the whole process: once is enough."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def connect(app: App) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", app.port))
    sock.setblocking(False)
    return sock


def test_it_serves_until_it_is_stopped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "antiphon.server")
    app = App(config(tmp_path))
    running = gevent.spawn(app.run)
    with connect(app) as client:
        client.send(encode(1, Hello(1, 1)))
        header = read_some(client, 8)
        body = read_some(client, int.from_bytes(header[:2], "big"))
        ((_, welcome),) = Deframer().feed(header + body)
        assert isinstance(welcome, Welcome)
        app.stop()
        header = read_some(client, 8)
        body = read_some(client, int.from_bytes(header[:2], "big"))
        ((_, bye),) = Deframer().feed(header + body)
        assert isinstance(bye, Bye)
        assert bye.code == ErrorCode.SHUTTING_DOWN
        client.send(encode(1, Goodbye()))
        running.get(timeout=30)
    assert "0 tracks; files read: 0, no MP3: 0, cannot be read: 0" in caplog.text
    assert f"listening on 127.0.0.1:{app.port}" in caplog.text
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", app.port))


def test_too_few_descriptors_are_told_as_those_of_one_of_its_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def few(_what: int) -> tuple[int, int]:
        return 70, 70

    monkeypatch.setattr("resource.getrlimit", few)
    with pytest.raises(StartError):
        App(replace(config(tmp_path), workers=3, certificate=tmp_path / "nowhere.pem"))
    assert "10 sessions need 84 descriptors in each of 3 workers" in caplog.text
    assert "set max-sessions to 9 for all of them" in caplog.text


def test_headers_that_do_not_come_are_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("server.connections.Proxies", partial(Proxies, most=0))
    app = App(replace(config(tmp_path), proxies=(ip_network("127.0.0.0/8"),)))
    running = gevent.spawn(app.run)
    for _ in range(3):
        with connect(app) as client:
            assert read_all(client) == b""
    app.stop()
    running.get(timeout=30)
    (line,) = (line for line in caplog.text.splitlines() if "event=refused" in line)
    assert "see that it is sent by all that --proxy-protocol names" in line


def test_its_passes_are_gathered_until_it_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[Gathering] = []

    def gather(one: Gathering) -> None:
        passes.append(one)

    monkeypatch.setattr(Gathering, "gather", gather)
    app = App(config(tmp_path))
    assert passes == []
    running = gevent.spawn(app.run)
    until(lambda: passes)
    assert passes[-1]._listeners() == 0  # pyright: ignore[reportPrivateUsage]
    with connect(app) as client:
        client.send(encode(1, Hello(1, 1)))
        read_some(client, 8)
        assert passes[-1]._listeners() == 1  # pyright: ignore[reportPrivateUsage]
    app.stop()
    running.get(timeout=30)
    passes.clear()
    gevent.sleep(0.001)
    assert passes == []


def test_too_many_who_wait(tmp_path: Path) -> None:
    app = App(config(tmp_path, waiting=2))
    running = gevent.spawn(app.run)
    clients = [connect(app) for _ in range(3)]
    ((_, error),) = Deframer().feed(read_all(clients[2]))
    assert isinstance(error, Error)
    assert error.code == ErrorCode.BUSY
    for client in clients:
        client.close()
    app.stop()
    running.get(timeout=30)


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is closed, in its order."""
    names: list[str] = []

    def note(owner: type, method: str) -> None:
        end = getattr(owner, method)

        def noted(one: object) -> None:
            names.append(owner.__name__)
            end(one)

        monkeypatch.setattr(owner, method, noted)

    note(Connections, "_say_bye")
    for owner in (Acceptor, DataPortPool, Gathering, Library, Proxies, Stations):
        note(owner, "close")
    return names


def test_it_ends_in_order(tmp_path: Path, closed: list[str]) -> None:
    shut(App(config(tmp_path)))
    nobody_comes = ["Acceptor", "Proxies"]
    goodbye = ["Connections"]
    late = ["Gathering", "DataPortPool", "Stations", "Library"]
    assert closed == [*nobody_comes, *goodbye, *late]


def test_what_was_opened_is_closed_where_it_does_not_start(
    tmp_path: Path, closed: list[str]
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        pytest.raises(StartError, match="in use"),
    ):
        App(config(tmp_path, port=other.getsockname()[1]))
    assert closed == ["Stations", "Library"]


def test_what_was_opened_is_closed_where_it_cannot_serve(
    tmp_path: Path, closed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(EMFILE, "Too many open files")

    monkeypatch.setattr("server.app.open_metrics", fail)
    app = App(config(tmp_path))
    with pytest.raises(OSError, match="Too many"):
        app.run()
    assert closed == ["Gathering", "DataPortPool", "Stations", "Library"]
    with pytest.raises(ConnectionRefusedError):
        connect(app)


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        with pytest.raises(StartError, match="in use"):
            App(config(tmp_path, port=other.getsockname()[1]))
        # And nothing is left open: the same folder can be served elsewhere.
        app = App(config(tmp_path))
    app.stop()
    app.run()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="nowhere"):
        App(config(tmp_path / "nowhere"))


@pytest.mark.parametrize(("share", "times"), [(None, 1), (Share(1, 2), 1), (Share(2, 2), 0)])
def test_a_low_limit_of_descriptors_is_told_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    share: Share | None,
    times: int,
) -> None:
    def low(which: int) -> tuple[int, int]:
        return 1000, 1000

    monkeypatch.setattr(resource, "getrlimit", low)
    limits = Limits(sessions=5000)
    app = App(Config(folder=tmp_path, port=0, host="127.0.0.1", limits=limits, share=share))
    assert caplog.text.count("max-sessions to 468") == times
    shut(app)


def test_a_certificate_that_cannot_be_used(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.pem"
    with pytest.raises(StartError, match=r"cannot read .*nowhere\.pem"):
        App(replace(config(tmp_path), certificate=nowhere))


def test_a_certificate_is_read_again_when_asked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "antiphon.server")
    certificate, key = papers(serial=1).write(tmp_path / "papers")
    app = App(replace(config(tmp_path), certificate=certificate, key=key))
    papers(serial=2).write(tmp_path / "papers")
    app.reload_certificate()
    assert papers(serial=2).fingerprint in caplog.text.replace(":", "").lower()
    key.unlink()
    app.reload_certificate()
    assert "the certificate stays as it was" in caplog.text
    assert 'reason="cannot read' in caplog.text
    shut(app)


def test_without_a_certificate_there_is_none_to_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = App(config(tmp_path))
    app.reload_certificate()
    assert caplog.text == ""
    shut(app)


def shut(app: App) -> None:
    running = gevent.spawn(app.run)
    app.stop()
    running.get(timeout=30)


@pytest.mark.parametrize(("insecure", "said"), [(True, False), (False, True)])
def test_an_open_server_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, insecure: bool, said: bool
) -> None:
    shut(App(replace(config(tmp_path, host=""), insecure=insecure)))
    assert ("anybody who can reach this server may listen" in caplog.text) is said
