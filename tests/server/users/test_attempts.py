# SPDX-License-Identifier: GPL-3.0-or-later
"""How the answers to failures are delayed, as tables of times."""

import random

import pytest

from server.users.attempts import FIRST_DELAY, FORGET_AFTER, MOST_DELAY, Attempts

# (when, address, name, delay) of one failure after the other
TABLES: dict[str, list[tuple[float, str, str, float]]] = {
    "one guesser of one name": [
        (0, "a", "alice", 0.5),
        (1, "a", "alice", 1),
        (2, "a", "alice", 2),
        (3, "a", "alice", 4),
        (4, "a", "alice", 8),
        (5, "a", "alice", 8),
    ],
    "one guesser of many names": [
        (0, "a", "alice", 0.5),
        (0, "a", "bob", 1),
        (0, "a", "carol", 2),
        (0, "b", "dave", 0.5),
    ],
    "many guessers of one name": [
        (0, "a", "alice", 0.5),
        (0, "b", "alice", 1),
        (0, "c", "alice", 2),
        (0, "c", "bob", 1),
    ],
    "an address is no name": [(0, "alice", "b", 0.5), (0, "b", "alice", 0.5)],
    "it is forgotten": [
        (0, "a", "alice", 0.5),
        (FORGET_AFTER - 1, "a", "alice", 1),
        (2 * FORGET_AFTER - 2, "a", "alice", 2),
        (3 * FORGET_AFTER - 2, "a", "alice", 0.5),
    ],
    "one is forgotten, the other not": [
        (0, "a", "alice", 0.5),
        (0, "a", "alice", 1),
        (FORGET_AFTER - 1, "a", "bob", 2),
        (FORGET_AFTER + 1, "a", "alice", 4),
        (FORGET_AFTER + 1, "b", "alice", 1),
    ],
}


@pytest.mark.parametrize("name", TABLES)
def test_delays(name: str) -> None:
    attempts = Attempts()
    for now, address, user, delay in TABLES[name]:
        assert attempts.failed(address, user, now=now) == delay


def test_however_many_there_are() -> None:
    attempts = Attempts()
    delays = [attempts.failed("a", "alice", now=0) for _ in range(5000)]
    assert delays[0] == FIRST_DELAY
    assert delays[-1] == MOST_DELAY


def test_no_more_is_kept_than_allowed_and_the_latest_are() -> None:
    attempts, rng = Attempts(most=10), random.Random(1)
    for now in range(1000):
        attempts.failed(str(rng.random()), str(rng.random()), now=now / 100)
        delay = attempts.failed("again and again", "alice", now=now / 100)
        assert delay == min(MOST_DELAY, FIRST_DELAY * 2 ** min(now, 10))
        assert len(attempts) <= 20


def test_what_is_forgotten_is_not_kept() -> None:
    attempts = Attempts()
    for number in range(100):
        attempts.failed(str(number), str(number), now=0)
    attempts.failed("a", "b", now=FORGET_AFTER)
    assert len(attempts) == 2
