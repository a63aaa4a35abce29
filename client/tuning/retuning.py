# SPDX-License-Identifier: GPL-3.0-or-later
"""Tuning in anew where a listener is too far behind (RFC.md, "Keeping the Distance"); pure."""

from client.tuning.station import Station
from common.constants import MAX_BEHIND


class Retuning:
    """Whether to go on at the live edge, whatever is missed by that.

    Attributes:
        is_wanted: what comes of the stream is not worth hearing; the next TUNE asks for no offset.
    """

    def __init__(self) -> None:
        """Nothing is heard."""
        self.is_wanted = False
        self._not_before = float("-inf")  # when being late may be the reason again

    def begin(self) -> None:
        """The stream lacks something, or is too late."""
        self.is_wanted = True

    def over(self) -> None:
        """TUNED has come, or there is nothing to be heard."""
        self.is_wanted = False

    def is_due(self, station: Station, *, now: float) -> bool:
        """Whether what has come is too late to be heard, and another TUNE may help."""
        return now >= self._not_before and _is_late(station, now)

    def put_off(self, *, now: float) -> None:
        """It is being done: once, and then what comes is heard, however late it seems."""
        self._not_before = now + MAX_BEHIND

    def holds_back(self, station: Station, *, now: float) -> bool:
        """Whether what has come is to wait for TUNED rather than to be heard."""
        return self.is_wanted and _is_late(station, now)


def _is_late(station: Station, now: float) -> bool:
    return station.behind(now=now) > MAX_BEHIND and not station.gate.is_hurried
