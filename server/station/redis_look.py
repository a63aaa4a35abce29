# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out whether Redis would keep a station, without writing a word there."""

import gevent
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from server.station.codec import decode
from server.station.errors import StationError, StoreAwayError
from server.station.redis_connection import client_for
from server.station.redis_store import PATIENCE, PREFIX, key_of


def look(url: str, station: str, *, prefix: str = PREFIX) -> str:
    """Where Redis is, and that it would keep the station.

    Raises:
        StationError: a server would not start.
        StoreAwayError: it would, and go on alone.
    """
    client, where = client_for(url)
    try:
        with gevent.Timeout(PATIENCE, StoreAwayError(f"Redis at {where} does not answer")):
            client.time()
            data = client.hget(key_of(prefix, station), "schedule")
            if isinstance(data, bytes):
                decode(data)
    except (AuthenticationError, ResponseError, ValueError) as error:
        raise StationError(f"Redis at {where} cannot keep the station {station}: {error}") from None
    except (RedisError, OSError) as error:
        raise StoreAwayError(f"Redis at {where} is away ({error})") from None
    finally:
        client.connection_pool.disconnect()
    return where
