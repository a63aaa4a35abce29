# SPDX-License-Identifier: GPL-3.0-or-later
"""Who feeds a listener, over all states and inputs."""

from itertools import product

import pytest

from client.relay.feeding_states import (
    FEEDING_TABLE,
    FeedingAction,
    FeedingInput,
    FeedingState,
)

S, I, A = FeedingState, FeedingInput, FeedingAction  # noqa: E741 - as in the table

# What cannot happen is left out.
EXPECTED = {
    I.TUNED: dict.fromkeys(S, (S.SERVER, A.RESET)),
    I.PLACED: dict.fromkeys(S, (S.NOBODY, A.RESET)),
    I.UNTUNED: dict.fromkeys(S, (S.OFF, A.RESET)),
    I.PARENTS: {
        S.OFF: (S.OFF, A.NOTHING),
        S.NOBODY: (S.NOBODY_TRYING, A.TRY),
        S.NOBODY_TRYING: (S.NOBODY_TRYING, A.TRY),
        S.SERVER: (S.SERVER_TRYING, A.TRY),
        S.SERVER_TRYING: (S.SERVER_TRYING, A.TRY),
        S.PARENT: (S.PARENT_TRYING, A.TRY),
        S.PARENT_TRYING: (S.PARENT_TRYING, A.TRY),
    },
    I.TRIED: {
        S.OFF: (S.OFF, A.NOTHING),
        S.NOBODY_TRYING: (S.NOBODY_TRYING, A.NOTHING),
        S.SERVER_TRYING: (S.SERVER_TRYING, A.NOTHING),
        S.PARENT_TRYING: (S.PARENT_TRYING, A.NOTHING),
    },
    I.KEPT: {
        S.OFF: (S.OFF, A.NOTHING),
        S.PARENT: (S.PARENT, A.NOTHING),
        S.PARENT_TRYING: (S.PARENT, A.DROP),
    },
    I.ADMITTED: {
        S.NOBODY_TRYING: (S.PARENT, A.SWITCH),
        S.SERVER_TRYING: (S.PARENT, A.SWITCH),
        S.PARENT_TRYING: (S.PARENT, A.SWITCH),
    },
    I.REFUSED: {
        S.NOBODY_TRYING: (S.NOBODY_TRYING, A.TRY),
        S.SERVER_TRYING: (S.SERVER_TRYING, A.TRY),
        S.PARENT_TRYING: (S.PARENT_TRYING, A.TRY),
    },
    I.EXHAUSTED: {
        S.OFF: (S.OFF, A.NOTHING),
        S.NOBODY: (S.SERVER, A.ASK_SERVER),
        S.NOBODY_TRYING: (S.SERVER, A.ASK_SERVER),
        S.SERVER: (S.SERVER, A.NOTHING),
        S.SERVER_TRYING: (S.SERVER, A.DROP),
        S.PARENT: (S.SERVER, A.ASK_SERVER),
        S.PARENT_TRYING: (S.SERVER, A.ASK_SERVER),
    },
    I.LOST: {
        S.PARENT: (S.NOBODY_TRYING, A.TRY),
        S.PARENT_TRYING: (S.NOBODY_TRYING, A.WAIT),
    },
    I.ORPHANED: {
        S.PARENT: (S.SERVER, A.ASK_SERVER),
        S.PARENT_TRYING: (S.NOBODY_TRYING, A.WAIT),
    },
    I.OVERDUE: {
        S.OFF: (S.OFF, A.NOTHING),
        S.NOBODY: (S.SERVER, A.ASK_SERVER),
        S.NOBODY_TRYING: (S.SERVER, A.ASK_SERVER),
        S.SERVER: (S.SERVER, A.NOTHING),
        S.SERVER_TRYING: (S.SERVER_TRYING, A.NOTHING),
        S.PARENT: (S.PARENT, A.NOTHING),
        S.PARENT_TRYING: (S.PARENT_TRYING, A.NOTHING),
    },
}


@pytest.mark.parametrize(("state", "what"), list(product(S, I)))
def test_every_cell(state: FeedingState, what: FeedingInput) -> None:
    assert FEEDING_TABLE.step(state, what) == EXPECTED[what].get(state, (state, A.DEFECT))


@pytest.mark.parametrize(("state", "what"), list(product(S, I)))
def test_the_server_is_asked_whenever_nobody_else_is_left(
    state: FeedingState, what: FeedingInput
) -> None:
    after, action = FEEDING_TABLE.step(state, what)
    fed_before = state in {S.SERVER, S.SERVER_TRYING}
    if after in {S.SERVER, S.SERVER_TRYING} and not fed_before and what is not I.TUNED:
        assert action in {A.ASK_SERVER, A.DEFECT}
