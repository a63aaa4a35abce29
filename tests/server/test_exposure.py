# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator is warned of."""

import pytest

from server.exposure import warning


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
    assert "--certificate" in (warning(host, tls=False, users=True) or "")
    assert "\n" not in neither
    assert "--insecure" in neither
