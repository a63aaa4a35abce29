# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md, "Heartbeats": what the kernel does must be done in time."""

import pytest

from common.constants import DEAD_AFTER
from common.dead_peers import Probes, probes


def test_a_cut_connection_is_found_in_time() -> None:
    assert probes(DEAD_AFTER) == Probes(idle=3, interval=1, times=6)


@pytest.mark.parametrize("dead_after", [4, 5, 6, 7, 9, 10, 20, 60, 3600, 32767])
def test_whatever_the_time_is(dead_after: int) -> None:
    idle, interval, times = probes(dead_after)
    assert min(idle, interval, times) > 0
    assert idle + interval * times <= dead_after


def test_the_kernel_takes_no_less_than_a_second() -> None:
    assert probes(1) == Probes(1, 1, 1)
