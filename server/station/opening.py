# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the place where a station is kept; without Redis its client need not be installed."""

from server.station.errors import StationError
from server.station.store import MemoryStore, Store


def open_store(url: str | None, station: str) -> Store:
    """The station's store: in Redis at `url`, or None for one that lives as long as this server.

    Raises:
        StationError: Redis cannot be used like this, and why.
    """
    if url is None:
        return MemoryStore()
    try:
        from server.station.redis_store import RedisStore  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "redis":
            raise
        raise StationError(
            "a station in Redis needs the Python package redis: pip install 'antiphon[redis]'",
        ) from None
    return RedisStore(url, station)
