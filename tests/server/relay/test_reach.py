# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can be sent to whom, by their addresses."""

import pytest

from server.relay.reach import address_of, can_reach


@pytest.mark.parametrize(
    ("child", "parent", "reaches"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "192.168.0.7", True),
        ("192.168.0.7", "127.0.0.1", False),
        ("192.168.0.7", "10.0.0.7", True),
        ("8.8.8.8", "192.168.0.7", False),
        ("192.168.0.7", "8.8.8.8", True),
        ("::1", "127.0.0.1", False),
        ("::ffff:10.0.0.1", "10.0.0.2", True),
        ("fd00::1", "2606:4700::1", True),
        ("fe80::1%eth0", "fe80::1%eth0", False),
        ("8.8.8.8", "224.0.0.1", False),
        ("somewhere", "8.8.8.8", False),
    ],
)
def test_who_can_reach_whom(child: str, parent: str, *, reaches: bool) -> None:
    assert can_reach(address_of(child), address_of(parent)) is reaches


def test_addresses_are_told_in_their_usual_form() -> None:
    found = [address_of(text) for text in ("::ffff:192.168.0.7", "2606:4700:0:0::1")]
    assert [None if one is None else one.text for one in found] == ["192.168.0.7", "2606:4700::1"]
