# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixed start rule."""

import pytest

from data.start import FixedStart, Situation, StartRule

WAITING = Situation(
    buffered=0.0,
    left=100.0,
    complete=False,
    resuming=False,
    waited=0.0,
    rate=None,
    needed=16000.0,
)


@pytest.mark.parametrize(
    ("buffered", "left", "complete", "resuming", "ready"),
    [
        (0.0, 100.0, False, False, False),
        (1.9, 100.0, False, False, False),
        (2.0, 100.0, False, False, True),
        (3.9, 100.0, False, True, False),
        (4.0, 100.0, False, True, True),
        (0.1, 100.0, True, True, True),  # all there is has arrived
        (0.9, 1.0, False, False, False),
        (1.0, 1.0, False, True, True),  # no more can come
        (0.0, 0.0, False, False, True),
    ],
)
def test_ready(buffered: float, left: float, complete: bool, resuming: bool, ready: bool) -> None:
    rule: StartRule = FixedStart(2.0)
    situation = Situation(
        buffered=buffered,
        left=left,
        complete=complete,
        resuming=resuming,
        waited=WAITING.waited,
        rate=WAITING.rate,
        needed=WAITING.needed,
    )
    assert rule.ready(situation) is ready
