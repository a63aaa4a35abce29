# SPDX-License-Identifier: GPL-3.0-or-later
"""Headers of the PROXY protocol as a proxy writes them, from its specification alone."""

import socket
import struct

SIGNATURE = bytes.fromhex("0D0A0D0A000D0A515549540A")
LOCAL = SIGNATURE + b"\x20\x00\x00\x00"


def header(source: str, *, more: bytes = b"") -> bytes:
    """For a client at `source`, with `more` behind its address as proxies may add."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    there = "2001:db8::1" if ":" in source else "198.51.100.1"
    both = socket.inet_pton(family, source) + socket.inet_pton(family, there)
    body = both + struct.pack(">HH", 40000, 55353) + more
    kind = 0x21 if ":" in source else 0x11
    return SIGNATURE + struct.pack(">BBH", 0x21, kind, len(body)) + body
