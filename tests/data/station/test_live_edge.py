# SPDX-License-Identifier: GPL-3.0-or-later
"""When a listener is too far behind."""

from common.constants import MAX_BEHIND
from data.station.live_edge import LiveEdge


def test_the_distance_stays_while_sound_is_heard_and_grows_while_none_is() -> None:
    edge = LiveEdge(100.0, 6.0)
    assert edge.distance(100.0, 0.0) == 6.0
    assert edge.distance(160.0, 60.0) == 6.0
    assert edge.distance(165.0, 60.0) == 11.0
    # Left out counts as passed.
    assert edge.distance(165.0, 61.0) == 10.0


def test_too_far_is_more_than_it_may_be() -> None:
    edge = LiveEdge(100.0, 6.0)
    stall = MAX_BEHIND - 6.0
    assert not edge.too_far(160.0 + stall, 60.0)
    assert edge.too_far(160.0 + stall + 0.1, 60.0)
