# SPDX-License-Identifier: GPL-3.0-or-later
"""What is news of the link to the server: an outage is, each further try is not. Pure."""

from enum import Enum, auto

from client.reports import Connected, LinkBack, LinkLost, Report


class _Stage(Enum):
    LINKED = auto()
    LOST = auto()  # said, and its return was not yet
    LEAVING = auto()  # this side wants to end
    OVER = auto()  # the engine has reported its end


class LinkNews:
    """From the first connection to the end."""

    def __init__(self) -> None:
        """Nothing was said of a loss."""
        self._stage = _Stage.LINKED

    @property
    def is_over(self) -> bool:
        """Whether the engine has reported its end."""
        return self._stage is _Stage.OVER

    def leave(self) -> None:
        """This side wants to end."""
        self._stage = _Stage.LEAVING

    def ends(self) -> bool:
        """The engine reports its end; whether this side has wanted that."""
        was_wanted = self._stage is _Stage.LEAVING
        self._stage = _Stage.OVER
        return was_wanted

    def is_news(self, report: Report) -> bool:
        """Whether to say it: an outage is said once, however often the engine tries again."""
        was_lost = self._stage is _Stage.LOST
        if self._stage is not _Stage.LEAVING:
            if isinstance(report, LinkLost):
                self._stage = _Stage.LOST
            elif isinstance(report, LinkBack | Connected):
                self._stage = _Stage.LINKED
        return not (was_lost and isinstance(report, LinkLost))
