# SPDX-License-Identifier: GPL-3.0-or-later
"""The position at any time, out of what was known at one."""

from client.player_events import Mark, Position


class TestMark:
    """The position at any time, out of what was known at one."""

    def at(self, now: float, *, moving: bool = True, delay: float = 0.5) -> Position:
        return Mark(stream=4, written=2.0, delay=delay, at=10.0, moving=moving).position(now)

    def test_time_that_passes_is_heard(self) -> None:
        assert self.at(10.0) == Position(4, 1500)
        assert self.at(10.25) == Position(4, 1750)

    def test_no_more_is_heard_than_was_written(self) -> None:
        assert self.at(99.0) == Position(4, 2000)

    def test_a_pause_stands_still(self) -> None:
        assert self.at(99.0, moving=False) == Position(4, 1500)

    def test_is_never_before_the_beginning(self) -> None:
        assert self.at(10.0, delay=3.0) == Position(4, 0)
