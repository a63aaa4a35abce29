# SPDX-License-Identifier: GPL-3.0-or-later
"""PROXY headers: an address, none, or one sentence; and no byte behind the header is asked for."""

from collections.abc import Iterator
from ipaddress import ip_address

from server.proxy_header import FIXED, MOST, ProxyHeaderError, rest_of, source_of
from tests.fuzz.target import Target
from tests.server.proxy_headers import LOCAL, header


def _seeds() -> Iterator[bytes]:
    yield LOCAL
    yield header("192.0.2.7")
    yield header("2001:db8::7", more=b"\x04\x00\x03abc")
    yield header("192.0.2.7")[:-4]
    yield header("192.0.2.7") + b"HELLO"
    yield b"PROXY TCP4 192.0.2.7 192.0.2.8 40000 55353\r\n"


def check(data: bytes) -> None:
    """As a server reads it: first what is fixed, then as much as that says."""
    try:
        rest = rest_of(data[:FIXED])
    except ProxyHeaderError as refusal:
        assert str(refusal)
        return
    assert 0 <= rest <= MOST
    whole = data[: FIXED + rest]
    try:
        found = source_of(whole)
    except ProxyHeaderError as refusal:
        assert str(refusal)
        return
    assert len(whole) == FIXED + rest
    assert found is None or str(ip_address(found)) == found


TARGETS = (Target("server-proxies", _seeds, check, longest=FIXED + MOST + 16),)
