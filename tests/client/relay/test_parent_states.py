# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection to a parent, over all states and inputs."""

from itertools import product

import pytest

from client.relay.parent_states import PARENT_TABLE, ParentAction, ParentInput, ParentState

S, I, A = ParentState, ParentInput, ParentAction  # noqa: E741 - as in the table
ENDS = {A.GIVE_UP, A.ACCUSE, A.FOLLOW}

EXPECTED = """
            DIALLING         JOINING          FEEDING          OVER
CONNECTED   JOINING:JOIN     JOINING:NOTHING  FEEDING:NOTHING  OVER:NOTHING
BRANCH      DIALLING:NOTHING FEEDING:ADMIT    FEEDING:TURN     OVER:NOTHING
CIRCLE      DIALLING:NOTHING OVER:GIVE_UP     OVER:GIVE_UP     OVER:NOTHING
SOUND       DIALLING:NOTHING OVER:GIVE_UP     FEEDING:DELIVER  OVER:NOTHING
LEAVE       DIALLING:NOTHING OVER:FOLLOW      OVER:FOLLOW      OVER:NOTHING
FAIL        DIALLING:NOTHING OVER:GIVE_UP     OVER:GIVE_UP     OVER:NOTHING
LOST        OVER:GIVE_UP     OVER:GIVE_UP     OVER:GIVE_UP     OVER:NOTHING
BROKEN      OVER:GIVE_UP     OVER:GIVE_UP     OVER:ACCUSE      OVER:NOTHING
LATE        OVER:GIVE_UP     OVER:GIVE_UP     OVER:GIVE_UP     OVER:NOTHING
UNWANTED    OVER:NOTHING     OVER:NOTHING     OVER:NOTHING     OVER:NOTHING
"""


def cells() -> dict[tuple[ParentState, ParentInput], tuple[ParentState, ParentAction]]:
    head, *rows = [line.split() for line in EXPECTED.strip().splitlines()]
    found = {}
    for what, *row in rows:
        for state, cell in zip(head, row, strict=True):
            after, _, action = cell.partition(":")
            found[S[state], I[what]] = S[after], A[action]
    return found


@pytest.mark.parametrize(("state", "what"), list(product(S, I)))
def test_every_cell(state: ParentState, what: ParentInput) -> None:
    assert PARENT_TABLE.step(state, what) == cells()[state, what]


@pytest.mark.parametrize(("state", "what"), list(product(S, I)))
def test_whoever_is_given_up_is_over_and_stays_so(state: ParentState, what: ParentInput) -> None:
    after, action = PARENT_TABLE.step(state, what)
    assert (action in ENDS) <= (after is S.OVER)
    assert (state is S.OVER) <= ((after, action) == (S.OVER, A.NOTHING))
