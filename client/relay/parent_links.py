# SPDX-License-Identifier: GPL-3.0-or-later
"""The connections to parents, in the hub: opens them, moves bytes, ends them; decides nothing."""

import socket
from collections.abc import Callable
from functools import partial

from client.dial import Address, dial_again
from client.link import Link
from client.relay.effects import CloseParent, DialParent, SendParent
from client.relay.feeding import Feeding
from common.constants import PARENT_SILENT

# Something happened to a connection; carried out as a step of the conversation.
Act = Callable[[Callable[[Feeding, float], None]], None]


class ParentLinks:
    """At most two connections at a time: from who feeds, and to who is being tried."""

    def __init__(self, act: Act, *, room: memoryview) -> None:
        """`room` is what the links of this thread read into."""
        self._act = act
        self._room = room
        self._links: dict[int, Link] = {}

    def carry_out(self, effect: DialParent | SendParent | CloseParent) -> None:
        """Do it."""
        match effect:
            case DialParent(number, address, port):
                opener = partial(dial_again, _address(address), port, timeout=PARENT_SILENT)
                owner = _Owner(self._act, number)
                self._links[number] = Link(opener, owner, gone=_gone, room=self._room)
            case SendParent(number, data):
                if (link := self._links.get(number)) is not None:
                    link.send(data)
            case CloseParent(number):
                if (link := self._links.pop(number, None)) is not None:
                    link.close(linger=False)

    def close(self) -> None:
        """All of them."""
        for link in self._links.values():
            link.close(linger=False)
        self._links.clear()


def _address(text: str) -> Address:
    if ":" in text:
        return socket.AF_INET6, (text, 0, 0, 0)
    return socket.AF_INET, (text, 0)


def _gone(link: Link) -> None:
    """Nobody waits for the end of a connection on which a listener says nothing but JOIN."""


class _Owner:
    """Turns what happens on one connection into steps."""

    def __init__(self, act: Act, number: int) -> None:
        self._act = act
        self._number = number

    def connected(self) -> None:
        self._act(lambda feeding, now: feeding.connected(self._number, now=now))

    def received(self, data: bytes) -> None:
        self._act(lambda feeding, now: feeding.received(self._number, data, now=now))

    def failed(self, reason: str) -> None:
        del reason  # the next one is tried, and the user hears nothing of it
        self._act(lambda feeding, now: feeding.lost(self._number, now=now))
