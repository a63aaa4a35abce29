# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way to Redis, and what is said where there is none."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.station.errors import StationError
from server.station.opening import open_store
from server.station.redis_connection import client_for
from server.station.store import MemoryStore
from tests.certificates import papers
from tests.server.station.redis_server import on_free_port


@pytest.fixture
def tcp(folder: Path) -> Iterator[int]:
    server, port = on_free_port(folder, "--port")
    yield port
    server.kill()


@pytest.fixture
def tls(folder: Path) -> Iterator[int]:
    certificate, key = papers().write(folder)
    files = ["--tls-cert-file", str(certificate), "--tls-key-file", str(key)]
    server, port = on_free_port(folder, "--tls-port", *files, "--tls-auth-clients", "no")
    yield port
    server.kill()


def answers(url: str) -> bool:
    client, _ = client_for(url)
    try:
        return bool(client.ping())
    finally:
        client.connection_pool.disconnect()


def test_over_tcp(tcp: int) -> None:
    assert answers(f"redis://127.0.0.1:{tcp}/3")


def test_over_tls_with_an_authority_of_ones_own(tls: int, folder: Path) -> None:
    assert answers(f"rediss://localhost:{tls}?ssl_ca_certs={folder}/certificate.pem")


def test_a_certificate_that_nobody_vouches_for_is_refused(tls: int) -> None:
    with pytest.raises(StationError, match=r"cannot keep the station: .*[Cc]ertificate"):
        open_store(f"rediss://localhost:{tls}", "one")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://:secret@x", "redis://"),
        ("redis://:secret@host:port", "cannot be used"),
        ("redis://:secret@host?colour=red", "option 'colour'"),
        ("redis://:secret@host?ssl_ca_certs=x", "goes with rediss://"),
        ("unix://", "redis://"),
        ("unix://host", "lacks the path"),
        ("redis://host/x", "no database's number"),
        ("redis://host/1/2", "no database's number"),
        ("redis://host/-1", "no database's number"),
        ("redis://host?db=-1", "no database's number"),
        ("rediss://:1/secret@host", "slash in a password"),
        ("rediss://:secret/word@host", "slash in a password"),
        ("", "redis://"),
    ],
)
def test_a_url_that_leads_nowhere_is_explained(url: str, sentence: str) -> None:
    with pytest.raises(StationError, match=sentence) as refused:
        client_for(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["redis://host", "redis://host/", "redis://host/7", "unix:///s"])
def test_a_database_may_be_named(url: str) -> None:
    client, _ = client_for(url)
    assert client.connection_pool.connection_kwargs.get("db", 0) == (7 if url.endswith("7") else 0)


def test_a_server_is_called_by_its_address_alone() -> None:
    assert client_for("redis://ada:secret@example.org/2")[1] == "example.org:6379"
    assert client_for("unix:///run/redis.sock?password=secret")[1] == "/run/redis.sock"


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*sys.modules]:
        if name.startswith(("server.station.redis", "redis.")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(StationError, match=r"pip install 'antiphon\[redis\]'"):
        open_store("redis://127.0.0.1", "one")


def test_without_a_url_the_station_is_in_memory() -> None:
    assert isinstance(open_store(None, "one"), MemoryStore)
