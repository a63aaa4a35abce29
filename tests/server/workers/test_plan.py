# SPDX-License-Identifier: GPL-3.0-or-later
"""How the settings of one server become those of its workers, and when they cannot."""

from dataclasses import replace
from pathlib import Path

import pytest

from server.config import Config, Endpoint, Limits, PortRange, Share, StationPlan
from server.options import OptionsError, parse
from server.relay.allowed import RelayPlan
from server.workers.plan import PlanError, check, ports_of, shared

PLAIN = Config(Path("music"), workers=3)


def parts(config: Config) -> list[Config]:
    """What the workers are told."""
    check(config)
    count = config.workers
    return [shared(config, Share(number, count)) for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("ports", "count", "expected"),
    [
        ((5000, 5008), 3, ["5000-5002", "5003-5005", "5006-5008"]),
        ((5000, 5007), 3, ["5000-5002", "5003-5005", "5006-5007"]),
        ((5000, 5006), 3, ["5000-5002", "5003-5004", "5005-5006"]),
        ((65533, 65535), 3, ["65533-65533", "65534-65534", "65535-65535"]),
        ((1, 65535), 1, ["1-65535"]),
    ],
)
def test_data_ports_are_divided(ports: tuple[int, int], count: int, expected: list[str]) -> None:
    shares = [ports_of(PortRange(*ports), Share(number, count)) for number in range(1, count + 1)]
    assert [str(share) for share in shares] == expected


def test_any_data_port_stays_any() -> None:
    assert [one.data_ports for one in parts(PLAIN)] == [None] * 3


def test_each_has_data_ports_of_its_own() -> None:
    config = replace(PLAIN, data_ports=PortRange(5000, 5005))
    assert [str(one.data_ports) for one in parts(config)] == ["5000-5001", "5002-5003", "5004-5005"]


def test_what_bounds_the_server_is_divided_and_what_bounds_an_address_is_not() -> None:
    config = replace(
        PLAIN,
        limits=Limits(sessions=100, sessions_per_address=9, waiting=4, waiting_per_address=0),
        relays=RelayPlan(feeds=8),
    )
    for one, sessions, waiting in zip(parts(config), (34, 33, 33), (2, 1, 1), strict=True):
        assert one.limits == Limits(
            sessions, sessions_per_address=9, waiting=waiting, waiting_per_address=0
        )
        assert one.relays == RelayPlan(feeds=3)


@pytest.mark.parametrize("whole", [3, 4, 5, 6, 100])
def test_all_together_bear_what_the_server_was_told_to(whole: int) -> None:
    config = replace(PLAIN, limits=Limits(sessions=whole, waiting=whole))
    assert sum(one.limits.sessions for one in parts(config)) == whole
    assert sum(one.limits.waiting for one in parts(config)) == whole


def test_no_limit_stays_none() -> None:
    config = replace(PLAIN, relays=RelayPlan(feeds=0))
    assert {one.relays.feeds for one in parts(config)} == {0}


def test_each_answers_prometheus_on_a_port_of_its_own() -> None:
    config = replace(PLAIN, metrics=Endpoint("::1", 65533))
    assert [str(one.metrics) for one in parts(config)] == [
        "[::1]:65533",
        "[::1]:65534",
        "[::1]:65535",
    ]
    config = replace(PLAIN, metrics=Endpoint("::1", 0))
    assert {str(one.metrics) for one in parts(config)} == {"[::1]:0"}


def test_everything_else_is_the_same_for_all() -> None:
    for number, one in enumerate(parts(PLAIN), 1):
        share = Share(number, 3)
        assert share.leads == (number == 1)
        assert one == replace(PLAIN, share=share, limits=one.limits, relays=one.relays)


STATION = (StationPlan("main"),)


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (
            replace(PLAIN, limits=Limits(sessions=2)),
            (
                "--workers 3 want one each, at least, of --max-sessions 2: give at least 3, or"
                " fewer workers"
            ),
        ),
        (
            replace(PLAIN, limits=Limits(waiting=2)),
            (
                "--workers 3 want one each, at least, of --max-waiting 2: give at least 3, or"
                " fewer workers"
            ),
        ),
        (
            replace(PLAIN, data_ports=PortRange(5000, 5001)),
            (
                "--workers 3 want a data port each, and --data-ports 5000-5001 are only 2:"
                " give at least 3, or --data-ports any"
            ),
        ),
        (
            replace(PLAIN, metrics=Endpoint("::1", 65534)),
            (
                "--workers 3 answer --metrics on 3 ports from 65534 on, and 65535 is the last one: "
                "give 65533 at most"
            ),
        ),
        (
            replace(PLAIN, stations=STATION),
            (
                "--station with --workers 3 needs --station-store URL, the Redis through which the "
                "workers carry one station together (or leave --workers out)"
            ),
        ),
    ],
)
def test_what_cannot_be_shared_out(config: Config, why: str) -> None:
    with pytest.raises(PlanError) as error:
        check(config)
    assert str(error.value) == why
    check(replace(config, workers=1))  # one needs nothing to share


def test_a_station_that_is_kept_in_redis_is_carried_by_all() -> None:
    check(replace(PLAIN, stations=STATION, station_store="redis://localhost"))


def test_who_starts_the_server_is_told() -> None:
    with pytest.raises(OptionsError, match="needs --station-store"):
        parse(["--workers", "2", "--station", "main", "music"])
