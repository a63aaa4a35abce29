# SPDX-License-Identifier: GPL-3.0-or-later
"""What the log is told of a Redis that is away."""

import logging

import pytest
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from server.station.errors import ForeignScheduleError, StoreAwayError
from server.station.redis_absence import MOST_REASONS, Absence, reason_of


def after(cause: BaseException, error: Exception) -> Exception:
    """An error that came of another one."""
    error.__context__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StoreAwayError("no answer"), "no answer"),
        (RedisTimeoutError("Timeout reading from <socket object at 0x7f>"), "no answer"),
        (
            after(
                ConnectionResetError(104, "Connection reset by peer"),
                RedisConnectionError("Error while reading from x: (104, <object at 0x7f>)"),
            ),
            "Connection reset by peer",
        ),
        (RedisConnectionError("Connection closed by server."), "Connection closed by server"),
        (RedisConnectionError(), "no answer"),
        (ResponseError("LOADING the dataset"), "LOADING the dataset"),
        (
            after(OSError(1, "verify failed"), AuthenticationError("its certificate: expired")),
            "its certificate: expired",
        ),
        (ForeignScheduleError("what it holds is none"), "what it holds is none"),
    ],
)
def test_the_reason_is_in_the_words_of_the_system_or_of_redis(
    error: Exception, reason: str
) -> None:
    assert reason_of(error) == reason


def test_each_reason_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    absence = Absence("x:6379")
    absence.over()
    for text in ("one", "one", "two", "one"):
        absence.goes_on(RedisError(text))
    absence.over()
    absence.goes_on(RedisError("one"))
    gone = '<4>msg="Redis at x:6379 is away, going on alone" event=store_away store=x:6379'
    still = '<4>msg="Redis at x:6379 is still away" event=store_away store=x:6379'
    assert caplog.text.splitlines() == [
        f"{gone} reason=one",
        f"{still} reason=two",
        '<6>msg="Redis at x:6379 is back" event=store_back store=x:6379',
        f"{gone} reason=one",
    ]


def test_it_is_on_from_the_first_failure_to_the_next_agreement() -> None:
    absence = Absence("x:6379")
    seen = [absence.is_on]
    for step in (absence.over, lambda: absence.goes_on(RedisError("one")), absence.over):
        step()
        seen.append(absence.is_on)
    assert seen == [True, False, True, False]


def test_not_every_reason_is_told(caplog: pytest.LogCaptureFixture) -> None:
    absence = Absence("x:6379")
    for number in range(MOST_REASONS + 9):
        absence.goes_on(RedisError(str(number)))
    assert len(caplog.records) == MOST_REASONS
