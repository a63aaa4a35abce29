# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose accusations are believed, and how often (RFC.md, "Forgeries: ACCUSE").

Pure. Nobody can prove what another one has sent, so a word costs: a liar can cut off few relays.
"""

from collections import OrderedDict
from typing import Final

from common.constants import MAX_BELIEVED
from server.sessions import limit_key

REMEMBERED: Final = 10_000  # addresses and sessions; who accused longest ago is forgotten


class Believed:
    """How often who was believed; one for all stations of a server."""

    def __init__(self) -> None:
        """Nobody has accused anybody."""
        self._times: OrderedDict[int | str, int] = OrderedDict()

    def believe(self, session: int, address: str) -> bool:
        """Whether this accusation is believed; counts it where it is."""
        keys = (session, limit_key(address))
        if any(self._times.get(key, 0) >= MAX_BELIEVED for key in keys):
            return False
        for key in keys:
            self._times[key] = self._times.get(key, 0) + 1
            self._times.move_to_end(key)
        while len(self._times) > REMEMBERED:
            self._times.popitem(last=False)
        return True

    def times(self, session: int) -> int:
        """How often this session was believed."""
        return self._times.get(session, 0)
