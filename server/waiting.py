# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that have yet to say HELLO or ATTACH: how many there may be, in all and per address.

Whoever connects and says nothing costs a descriptor. A share for each address keeps one of them
from taking the room of all others; where many addresses take it, those who take most make room.
"""

from typing import Final, Generic, Protocol, TypeVar

from server.refusals import Refusal
from server.sessions import limit_key

FULL: Final = "the server has as many connections as it can"
# What somebody is told who is turned away.
TOLD: Final = {
    Refusal.WAITING: FULL,
    Refusal.DESCRIPTORS: FULL,
    Refusal.WAITING_PER_ADDRESS: "too many connections from your address wait to say who they are",
}


class Waiting(Protocol):
    """A connection of which nobody knows yet whose it is."""

    def turn_away(self, text: str) -> None:
        """Say BUSY with this text and close at once."""
        ...


Connection = TypeVar("Connection", bound=Waiting)


class WaitingRoom(Generic[Connection]):
    """Who waits, by address, the oldest first."""

    def __init__(self, most: int, per_address: int) -> None:
        """`most` in all; `per_address` 0: any number of them."""
        self._most = most
        self._per_address = per_address
        self._by_address: dict[str, dict[Connection, None]] = {}
        self._address: dict[Connection, str] = {}

    def __len__(self) -> int:
        return len(self._address)

    def bound(self, most: int, per_address: int) -> None:
        """Other bounds hold from now on, for those who come."""
        self._most, self._per_address = most, per_address

    def refusal(self, peer: str) -> Refusal | None:
        """Why nobody from this address may wait now; None where there is room.

        May turn away somebody else to make it.
        """
        mine = len(self._by_address.get(limit_key(peer), ()))
        if self._per_address and mine >= self._per_address:
            return Refusal.WAITING_PER_ADDRESS
        if len(self) >= self._most:
            crowd = max(self._by_address.values(), key=len)
            if len(crowd) <= mine + 1:  # it would only have as few as this one then
                return Refusal.WAITING
            oldest = next(iter(crowd))
            self.leave(oldest)
            oldest.turn_away(FULL)
        return None

    def enter(self, connection: Connection, peer: str) -> None:
        """Wait from now on."""
        address = limit_key(peer)
        self._address[connection] = address
        self._by_address.setdefault(address, {})[connection] = None

    def leave(self, connection: Connection) -> None:
        """Wait no more: it has said who it is, or is gone. May be called again."""
        address = self._address.pop(connection, None)
        if address is not None:
            others = self._by_address[address]
            del others[connection]
            if not others:
                del self._by_address[address]
