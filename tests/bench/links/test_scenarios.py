# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of links means what its words say."""

import pytest

from bench.links.scenarios import BY_NAME, SCENARIOS, Scenario


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_half_of_the_round_trip_is_on_each_way_and_loss_on_the_way_down(scenario: Scenario) -> None:
    down, up = scenario.down(), scenario.up()
    assert down.delay + up.delay == scenario.rtt
    assert down.loss == scenario.loss
    assert up.loss == 0
    assert not up.rates
    assert (down.cuts, down.holds) == (up.cuts, up.holds)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_queue_holds_what_a_connection_needs_and_not_much_more(scenario: Scenario) -> None:
    down = scenario.down()
    needed = down.mean_rate() * scenario.rtt / 8
    assert needed <= down.queue <= max(2 * needed, 30_000)


def test_the_first_run_begins_where_the_words_say_and_later_ones_by_the_seed() -> None:
    link = BY_NAME["D"]
    assert link.phase(1, 0) == 0
    assert link.phase(1, 1) == link.phase(1, 1)
    assert link.phase(1, 1) != link.phase(2, 1) != link.phase(2, 2)
    assert all(0 <= link.phase(seed, 1) <= 16 for seed in range(20))


def test_an_outage_always_falls_into_the_song() -> None:
    link = BY_NAME["O"]
    (cut,) = link.cuts
    begins = [cut.begin - link.phase(seed, 3) for seed in range(50)]
    assert min(begins) >= 4
    assert max(begins) <= 18
