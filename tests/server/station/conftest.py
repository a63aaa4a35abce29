# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of stations share: one in Redis, and one that is on the air."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from server.station.redis_store import RedisStore
from tests.server.station.carried import Opener
from tests.server.station.redis_server import RedisServer
from tests.server.station.songs import STATION
from tests.server.station.studio import Studio, open_studio

KEPT = ("--appendonly", "yes", "--appendfsync", "always")


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short path: that of a socket must not have more than 107 bytes."""
    return tmp_path_factory.mktemp("r")


@pytest.fixture
def redis(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    yield server
    server.kill()


@pytest.fixture
def kept_redis(folder: Path) -> Iterator[RedisServer]:
    """One that finds its data again."""
    server = RedisServer(folder, *KEPT)
    yield server
    server.kill()


@pytest.fixture
def opened() -> Iterator[Opener]:
    stores: list[RedisStore] = []

    def opener(server: RedisServer, station: str = "one") -> RedisStore:
        # Every store would begin another station, always the same ones.
        fresh = replace(STATION, station_id=bytes([len(stores)]) * 16)
        stores.append(RedisStore(server.url, station, schedule=fresh))
        return stores[-1]

    yield opener
    for store in stores:
        store.close()


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """On the air for some seconds."""
    studio = open_studio(tmp_path, songs=5)
    studio.pass_time(8)
    return studio
