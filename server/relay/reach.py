# SPDX-License-Identifier: GPL-3.0-or-later
"""Which listener can connect to which: judged by the addresses that the server sees.

Pure. It is a guess that rules out what cannot work; that a relay is there at all is proven by
`server.relay.probe`.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from ipaddress import IPv6Address, ip_address


class Scope(IntEnum):
    """How far an address is known."""

    MACHINE = 0  # 127.0.0.1: on the server's own machine
    NETWORK = 1  # 192.168.0.7: in the server's own network
    WORLD = 2


@dataclass(frozen=True, slots=True)
class Address:
    """A listener's, as the server sees it."""

    text: str  # as RFC.md, "Placing", wants it
    version: int  # 4 or 6
    scope: Scope


@lru_cache(maxsize=1024)
def address_of(peer: str) -> Address | None:
    """That of a peer; None for one that means nothing elsewhere, as fe80::1%eth0."""
    try:
        found = ip_address(peer)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:
            return None
        found = found.ipv4_mapped or found
    if found.is_link_local or found.is_unspecified or found.is_multicast:
        return None
    if found.is_loopback:
        scope = Scope.MACHINE
    else:
        scope = Scope.WORLD if found.is_global else Scope.NETWORK
    return Address(str(found), found.version, scope)


def can_reach(child: Address | None, parent: Address | None) -> bool:
    """Whether a listener here may be sent to a relay there."""
    if child is None or parent is None or child.version != parent.version:
        return False
    # Whoever comes from this machine, or from this network, knows the wider ones too.
    return child.scope <= parent.scope
