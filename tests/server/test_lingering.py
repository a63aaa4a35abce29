# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may linger: so many, and then the oldest no more."""

from server.lingering import Lingering


class Ending:
    """A connection that is over, and closes as a channel does."""

    def __init__(self, lingering: Lingering) -> None:
        self.closed = False
        self._lingering = lingering
        lingering.enter(self)

    def close(self) -> None:
        self.closed = True
        self._lingering.leave(self)


def test_the_oldest_makes_room() -> None:
    lingering = Lingering(2)
    first, second, third = (Ending(lingering) for _ in range(3))
    assert (first.closed, second.closed, third.closed) == (True, False, False)
    assert len(lingering) == 2


def test_who_is_closed_takes_no_room() -> None:
    lingering = Lingering(2)
    first, second = (Ending(lingering) for _ in range(2))
    second.close()
    second.close()
    third = Ending(lingering)
    assert (first.closed, third.closed) == (False, False)
