# SPDX-License-Identifier: GPL-3.0-or-later
"""How many children a relay can feed: what it offers, bounded by what it was seen to send. Pure."""

from typing import Final

from control.relay_messages import Relay

MARGIN: Final = 0.8  # of a measured rate: it was one moment's, and children come in bursts


def room_of(offer: Relay, *, measured: float, stream: float) -> int:
    """Children by plan, where one takes `stream` bytes per second.

    `measured` is in bytes per second; both are 0.0 where they are not known.
    """
    room = offer.children
    if stream > 0:
        if offer.rate:
            room = min(room, int(offer.rate / stream))
        if measured > 0:
            room = min(room, int(measured * MARGIN / stream))
    return room
