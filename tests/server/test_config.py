# SPDX-License-Identifier: GPL-3.0-or-later
"""What the configuration refuses, and what its defaults are."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from common import constants
from server.config import DEFAULT_DATA_PORTS, Config, PortRange, Timers, is_loopback


def test_the_defaults_are_those_of_the_protocol() -> None:
    config = Config(Path("music"))
    assert config.port == constants.DEFAULT_PORT
    timers = config.timers
    assert timers.hello_timeout == constants.HELLO_TIMEOUT
    assert timers.ticket_lifetime == constants.TICKET_LIFETIME
    assert timers.heartbeat == constants.HEARTBEAT
    assert timers.dead_after == constants.DEAD_AFTER
    assert timers.grace == constants.GRACE
    assert timers.idle_timeout == constants.IDLE_TIMEOUT
    assert timers.stall_timeout == constants.STALL_TIMEOUT
    assert constants.DEFAULT_PORT not in range(DEFAULT_DATA_PORTS.low, DEFAULT_DATA_PORTS.high + 1)


def test_it_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Config(Path("music")).port = 1  # type: ignore[misc]


@pytest.mark.parametrize(("low", "high"), [(0, 5), (-1, 5), (6, 5), (1, 65536)])
def test_no_range_of_ports(low: int, high: int) -> None:
    with pytest.raises(ValueError, match="range"):
        PortRange(low, high)


def test_a_range_of_one_port() -> None:
    assert str(PortRange(5, 5)) == "5-5"


@pytest.mark.parametrize(("heartbeat", "dead_after"), [(0, 60), (60, 60), (61, 60)])
def test_a_heartbeat_comes_before_death(heartbeat: int, dead_after: int) -> None:
    with pytest.raises(ValueError, match="heartbeat"):
        Timers(heartbeat=heartbeat, dead_after=dead_after)


@pytest.mark.parametrize(
    ("host", "is_it"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("", False),
        ("0.0.0.0", False),  # noqa: S104 that is the point
        ("192.0.2.1", False),
        ("example.org", False),
    ],
)
def test_loopback(host: str, is_it: bool) -> None:
    assert is_loopback(host) is is_it
