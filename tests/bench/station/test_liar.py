# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay that lies, in whatever way: it is left at once, and nothing of it is heard."""

import pytest

from bench.station.liar import LIES, Liar, main
from tests.client.relay.broadcast import START, STRETCH
from tests.client.relay.village import Village

HONEST_FOR = 3.0  # seconds


@pytest.mark.parametrize("kind", LIES)
def test_who_is_below_a_liar_hears_the_station_whole(kind: str) -> None:
    village = Village()
    liar = Liar(LIES[kind], honest_for=HONEST_FOR, clock=lambda: village.now)
    village.joined_by(1)
    village.joined_by(2, 1, doctor=liar)
    third = village.joined_by(3, 2, 1)
    fourth = village.joined_by(4, 3)
    assert village.feeders[3] == 2
    village.passes(HONEST_FOR + 5.0)
    if kind not in {"title", "swap"}:  # a SONG comes only once, and stretches one at a time
        assert village.feeders[3] == 1
    assert village.accused == ([(3, 2)] if kind not in {"title", "swap", "mute"} else [])
    for member in (third, fourth):
        assert member.heard == list(range(START, village.edge, STRETCH))


@pytest.mark.parametrize("kind", LIES)
def test_a_liar_from_the_first_word_on_is_found_out(kind: str) -> None:
    village = Village()
    liar = Liar(LIES[kind], honest_for=0.0, clock=lambda: village.now)
    village.joined_by(1)
    village.joined_by(2, 1, doctor=liar)
    third = village.joined_by(3, 2, 1)
    village.passes(4.0)
    assert village.feeders[3] == 1
    assert village.accused == ([(3, 2)] if kind != "mute" else [])
    assert third.heard == list(range(START, village.edge, STRETCH))


def test_an_unknown_lie_is_answered_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["fib", "localhost"]) == 2
    assert main([]) == 2
    said = capsys.readouterr().out
    assert all(kind in said for kind in LIES)
