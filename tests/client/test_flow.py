# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of a song's way into the sink, over every order of what can happen."""

from itertools import product

import pytest

from client.flow import TABLE, Cue, Flow, Told


@pytest.mark.parametrize("cues", list(product(Cue, repeat=4)))
def test_the_reports_make_sense_in_every_order(cues: tuple[Cue, ...]) -> None:
    flow, told = Flow.UNHEARD, list[Told]()
    for cue in cues:
        flow, report = TABLE.step(flow, cue)
        told += [report] if report is not Told.NOTHING else []
        assert flow.gathers is (cue is not Cue.WRITTEN)
    assert told[:1] in ([], [Told.STARTED])
    assert Told.STARTED not in told[1:]
    # Behind it: starved and continued in turn.
    assert all(a is Told.STARVED for a in told[1::2])
    assert all(a is Told.CONTINUED for a in told[2::2])
    heard = Cue.WRITTEN in cues
    assert bool(told) is heard
    if heard:
        assert (flow is Flow.STARVED) is (told[-1] is Told.STARVED)
