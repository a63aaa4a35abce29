# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the place where a station is kept; without Redis its client need not be installed."""

import contextlib
from collections.abc import Generator

from server.station.errors import StationError
from server.station.store import MemoryStore, Store


def open_store(url: str | None, station: str) -> Store:
    """The station's store: in Redis at `url`, or None for one that lives as long as this server.

    Raises:
        StationError: Redis cannot be used like this, and why.
    """
    if url is None:
        return MemoryStore()
    with _redis_installed():
        from server.station.redis_store import RedisStore  # noqa: PLC0415
    return RedisStore(url, station)


def look_at_store(url: str, station: str) -> str:
    """Where the Redis is that would keep the station; nothing is written there.

    Raises:
        StationError: it cannot be used like this, and why.
        StoreAwayError: it does not answer now.
    """
    with _redis_installed():
        from server.station.redis_look import look  # noqa: PLC0415
    return look(url, station)


@contextlib.contextmanager
def _redis_installed() -> Generator[None]:
    """Raises StationError where what is imported in here is not."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "redis":
            raise
        raise StationError(
            "a station in Redis needs the Python package redis: pip install 'antiphon[redis]'",
        ) from None
