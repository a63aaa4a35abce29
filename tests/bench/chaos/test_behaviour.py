# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners do what their dice say, and only what the client understands."""

from itertools import islice
from random import Random

from bench.chaos.behaviour import LIVES, LONGEST_CALM, READ_AHEAD, Act, acts, lives
from client.language import parse

TITLES = ("Adagio", "Gigue")


def done(seed: int, count: int = 300) -> list[Act]:
    return list(islice(acts(Random(seed), TITLES, song_seconds=60.0), count))


def test_the_seed_decides() -> None:
    assert done(1) == done(1) != done(2)


def test_every_command_is_one_that_the_client_understands() -> None:
    for act in done(1):
        assert parse(act.command) is not None
        assert 0 <= act.wait <= LONGEST_CALM


def test_everything_is_done_at_some_time() -> None:
    assert {act.command.split()[0] for act in done(1)} == {
        *("play", "seek", "pause", "resume", "stop", "list"),
    }


def test_a_listener_begins_with_a_song() -> None:
    assert all(done(seed, 1)[0].command.startswith("play") for seed in range(20))


def test_lives_differ_from_client_to_client_and_one_from_the_next() -> None:
    first = [life for life, _ in islice(lives(1, 0), 5)]
    assert first == [life for life, _ in islice(lives(1, 0), 5)]
    assert first != [life for life, _ in islice(lives(1, 1), 5)]
    assert len(set(first)) == 5
    for life in first:
        assert life.read_ahead in READ_AHEAD
        assert LIVES[0] <= life.seconds <= LIVES[1]
