# SPDX-License-Identifier: GPL-3.0-or-later
"""How the address of a peer is written, whichever way it has come."""

import pytest

from server.addresses import plain_address


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("::ffff:505:505", "5.5.5.5"),
        ("::FFFF:5.5.5.5", "5.5.5.5"),
        ("::1", "::1"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("a unix socket", "a unix socket"),
        ("", ""),
    ],
)
def test_one_address_has_one_spelling(heard: str, written: str) -> None:
    assert plain_address(heard) == written
    assert plain_address(written) == written
