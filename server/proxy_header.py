# SPDX-License-Identifier: GPL-3.0-or-later
"""The header by which a proxy says for whom it connects: version 2 of HAProxy's PROXY protocol.

Pure. The binary version only: its length stands in its first bytes, so that nothing behind it is
read with it, and whoever sends something else is found out at once.
"""

from ipaddress import IPv4Address, IPv6Address
from typing import Final

FIXED: Final = 16  # bytes that every header begins with
MOST: Final = 1024  # bytes of what follows them: two addresses, and what proxies like to add

_SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
_LOCAL: Final = 0x20  # the proxy speaks for itself: it looks whether the server is there
_PROXY: Final = 0x21
_FAMILY: Final = 0xF0
_INET: Final = 0x10
_INET6: Final = 0x20
# Source, destination, and two ports of two bytes each.
_SIZES: Final = {_INET: (4, 12), _INET6: (16, 36)}
_EVERYBODY: Final = IPv4Address("255.255.255.255")


class ProxyHeaderError(Exception):
    """This is no such header; the text is for the log."""


def rest_of(fixed: bytes) -> int:
    """How many bytes of header follow its first FIXED ones; raises ProxyHeaderError."""
    if len(fixed) != FIXED or not fixed.startswith(_SIGNATURE):
        raise ProxyHeaderError("it does not begin with a PROXY header of version 2")
    if fixed[12] not in {_LOCAL, _PROXY}:
        raise ProxyHeaderError(f"its PROXY header has version and command 0x{fixed[12]:02X}")
    rest = int.from_bytes(fixed[14:])
    if rest > MOST:
        raise ProxyHeaderError(f"its PROXY header announces {rest} bytes, more than {MOST}")
    return rest


def source_of(header: bytes) -> str | None:
    """The address of the client; None where the proxy speaks for itself, or does not know.

    `header` is all of it. Raises ProxyHeaderError.
    """
    rest = rest_of(header[:FIXED])
    if len(header) != FIXED + rest:
        raise ProxyHeaderError("its PROXY header is cut short")
    family = header[13] & _FAMILY
    if header[12] == _LOCAL or family not in _SIZES:
        return None
    size, least = _SIZES[family]
    if rest < least:
        raise ProxyHeaderError(f"its PROXY header has {rest} bytes for two addresses")
    source = header[FIXED : FIXED + size]
    address = IPv4Address(source) if family == _INET else IPv6Address(source)
    if not _is_somebody(address):
        raise ProxyHeaderError(f"its PROXY header names {address}, where no client can be")
    return str(address)


def _is_somebody(address: IPv4Address | IPv6Address) -> bool:
    """Whether a connection can come from there."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return not (address.is_unspecified or address.is_multicast or address == _EVERYBODY)
