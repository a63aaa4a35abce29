# SPDX-License-Identifier: GPL-3.0-or-later
"""How the address of a peer is written: everywhere the same, wherever it was heard of."""

from functools import lru_cache
from ipaddress import IPv6Address


@lru_cache(maxsize=1024)
def plain_address(address: str) -> str:
    """The address as it is logged and counted: an IPv4 address is one also where IPv6 maps it.

    What is no address comes back as it was.
    """
    try:
        v6 = IPv6Address(address)
    except ValueError:
        return address
    return str(v6 if v6.ipv4_mapped is None else v6.ipv4_mapped)
