# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets with which a relay knows its children: made by the server (RFC.md, "Joining")."""

import hmac
from struct import Struct
from typing import Final

from common.constants import KEY_SIZE, STATION_ID_SIZE

_JOIN: Final = b"antiphon join 1"
_NODE_AND_EXPIRES: Final = Struct("!IQ")


def make(key: bytes, station_id: bytes, *, node: int, expires: int) -> bytes:
    """The ticket that admits `node` until `expires`, in whole seconds since 1970 (UTC).

    `key` is the one that the relay sent in RELAY. Raises ValueError for a key or an id of another
    size.
    """
    if len(key) != KEY_SIZE or len(station_id) != STATION_ID_SIZE:
        raise ValueError("a key or a station id of a wrong size")
    message = _JOIN + station_id + _NODE_AND_EXPIRES.pack(node, expires)
    return hmac.digest(key, message, "sha256")


def check(
    key: bytes, station_id: bytes, *, node: int, expires: int, ticket: bytes, now: float
) -> bool:
    """Whether `ticket` admits `node` to this station `now`, by the server's clock."""
    made = make(key, station_id, node=node, expires=expires)
    # First, so that the time it takes says nothing about the rest.
    genuine = hmac.compare_digest(made, ticket)
    return genuine and now <= expires
