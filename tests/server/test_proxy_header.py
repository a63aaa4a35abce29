# SPDX-License-Identifier: GPL-3.0-or-later
"""Headers of the PROXY protocol: every field, and what is wrong with each."""

import pytest

from server.proxy_header import FIXED, MOST, ProxyHeaderError, rest_of, source_of
from tests.server.proxy_headers import LOCAL, SIGNATURE, header


@pytest.mark.parametrize("source", ["192.0.2.7", "255.255.255.254", "2001:db8::7", "::1"])
@pytest.mark.parametrize("more", [b"", b"\x04\x00\x03abc"])
def test_the_source_of_a_header(source: str, more: bytes) -> None:
    whole = header(source, more=more)
    assert rest_of(whole[:FIXED]) == len(whole) - FIXED
    assert source_of(whole) == source


@pytest.mark.parametrize(
    "whole",
    [
        LOCAL,
        SIGNATURE + b"\x20\x11\x00\x0c" + bytes(12),  # what stands in it does not count
        SIGNATURE + b"\x21\x00\x00\x00",  # it does not know
        SIGNATURE + b"\x21\x31\x00\xd8" + bytes(216),  # AF_UNIX
    ],
)
def test_a_proxy_that_speaks_for_nobody(whole: bytes) -> None:
    assert rest_of(whole[:FIXED]) == len(whole) - FIXED
    assert source_of(whole) is None


@pytest.mark.parametrize(
    ("fixed", "why"),
    [
        (b"PROXY TCP4 192.0", "does not begin"),
        (SIGNATURE + b"\x21\x11\x00", "does not begin"),
        (SIGNATURE + b"\x11\x11\x00\x0c", "command 0x11"),
        (SIGNATURE + b"\x22\x11\x00\x0c", "command 0x22"),
        (SIGNATURE + b"\x21\x11" + (MOST + 1).to_bytes(2), f"{MOST + 1} bytes"),
    ],
)
def test_what_is_no_header(fixed: bytes, why: str) -> None:
    with pytest.raises(ProxyHeaderError, match=why):
        rest_of(fixed)


def test_a_header_without_room_for_its_addresses() -> None:
    for kind, size in ((b"\x11", 11), (b"\x21", 35)):
        whole = SIGNATURE + b"\x21" + kind + size.to_bytes(2) + bytes(size)
        with pytest.raises(ProxyHeaderError, match=f"{size} bytes for two"):
            source_of(whole)


def test_a_header_that_is_not_all_there() -> None:
    whole = header("192.0.2.7")
    for size in range(len(whole)):
        with pytest.raises(ProxyHeaderError):
            source_of(whole[:size])
    with pytest.raises(ProxyHeaderError, match="cut short"):
        source_of(whole + b"x")


@pytest.mark.parametrize(
    "source",
    ["0.0.0.0", "255.255.255.255", "224.0.0.1", "::", "ff02::1", "::ffff:0.0.0.0"],  # noqa: S104
)
def test_an_address_where_no_client_can_be(source: str) -> None:
    with pytest.raises(ProxyHeaderError, match="where no client can be"):
        source_of(header(source))
