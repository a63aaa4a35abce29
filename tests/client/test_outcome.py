# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a song and to the `wait` for it, over all states."""

from itertools import product

import pytest

from client.outcome import TABLE, Happening, Outcome, Waiting

WALK = list(product(Outcome, Happening))


@pytest.mark.parametrize(("state", "happening"), WALK)
def test_only_a_wait_under_way_or_asked_for_can_end(state: Outcome, happening: Happening) -> None:
    after, wait = TABLE.step(state, happening)
    if state is not Outcome.AWAITED and happening is not Happening.WAIT:
        assert wait is Waiting.AS_IT_WAS
    if wait is not Waiting.AS_IT_WAS:
        assert after is not Outcome.AWAITED
    if after is Outcome.AWAITED:
        assert state is Outcome.AWAITED or happening is Happening.WAIT


@pytest.mark.parametrize(("state", "happening"), WALK)
def test_a_song_that_is_over_stays_so_until_the_next(state: Outcome, happening: Happening) -> None:
    after, _ = TABLE.step(state, happening)
    replaced = happening in {Happening.ACCEPTED, Happening.STOPPED}
    if state in {Outcome.HEARD, Outcome.FAILED} and not replaced:
        assert after is state


@pytest.mark.parametrize("state", Outcome)
def test_a_later_song_is_on_and_a_stop_leaves_none(state: Outcome) -> None:
    assert TABLE.step(state, Happening.ACCEPTED)[0] in {Outcome.ON, Outcome.AWAITED}
    assert TABLE.step(state, Happening.STOPPED)[0] is Outcome.NONE
