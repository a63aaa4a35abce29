# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator is warned of."""

from ipaddress import ip_network

import pytest

from server.exposure import refusal, trusts_everybody, warning


@pytest.mark.parametrize("host", ["127.0.0.1", "127.5.5.5", "::1", "localhost"])
def test_on_loopback_nothing_is_open(host: str) -> None:
    assert warning(host, tls=False, users=False) is None


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.0.2.7"])  # noqa: S104 what it is about
def test_elsewhere_both_are_wanted(host: str) -> None:
    assert warning(host, tls=True, users=True) is None
    neither = warning(host, tls=False, users=False) or ""
    assert "--certificate" in neither
    assert "--users" in neither
    assert "--users" in (warning(host, tls=True, users=False) or "")
    assert "\n" not in neither
    assert "--insecure" in neither


@pytest.mark.parametrize("host", ["", "192.0.2.7"])
def test_passwords_do_not_travel_in_the_clear(host: str) -> None:
    said = refusal(host, tls=False, users=True) or ""
    for option in ("--certificate", "--host 127.0.0.1", "--insecure"):
        assert option in said
    assert "\n" not in said
    assert refusal(host, tls=True, users=True) is None
    assert refusal(host, tls=False, users=False) is None
    for loopback in ("127.0.0.1", "::1", "localhost"):
        assert refusal(loopback, tls=False, users=True) is None


@pytest.mark.parametrize(
    ("proxies", "is_everybody"),
    [
        ((), False),
        (("10.0.0.0/8", "2001:db8::/32"), False),
        (("0.0.0.0/1",), False),
        (("0.0.0.0/0",), True),
        (("10.0.0.5", "::/0"), True),
        (("0.0.0.0/1", "128.0.0.0/1"), True),
    ],
)
def test_proxies_that_are_everybody(proxies: tuple[str, ...], *, is_everybody: bool) -> None:
    trusted = [ip_network(one) for one in proxies]
    said = trusts_everybody("", trusted)
    assert (said is not None) is is_everybody
    assert "\n" not in (said or "")
    assert trusts_everybody("127.0.0.1", trusted) is None
