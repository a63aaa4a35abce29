# SPDX-License-Identifier: GPL-3.0-or-later
"""The schedule of a server that is alone."""

from dataclasses import replace

import pytest

from server.station.airing import Advance, advance
from server.station.schedule import Schedule
from server.station.store import MemoryStore, Store
from tests.server.station.songs import STATION, songs


def test_an_update_counts_and_answers() -> None:
    store: Store = MemoryStore(STATION)
    now = store.now_us()
    assert store.update(lambda s: advance(s, now_us=now, songs=songs(3))) is Advance.EXTENDED
    assert store.load().version == 1
    assert store.update(lambda s: advance(s, now_us=now, songs=songs(3))) is Advance.UNCHANGED
    assert store.load().version == 1


def test_a_transition_that_fails_changes_nothing() -> None:
    store = MemoryStore(STATION)

    def fails(schedule: Schedule) -> tuple[Schedule, None]:
        return replace(schedule, votes_for=-1), None

    with pytest.raises(ValueError, match="votes_for"):
        store.update(fails)
    assert store.load() == STATION


def test_every_new_station_is_another_one() -> None:
    one, two = MemoryStore().load(), MemoryStore().load()
    assert one.station_id != two.station_id
    assert one.seed != two.seed


def test_the_clock_never_goes_back() -> None:
    store = MemoryStore(STATION)
    times = [store.now_us() for _ in range(1000)]
    assert times == sorted(times)
