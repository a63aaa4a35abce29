# SPDX-License-Identifier: GPL-3.0-or-later
"""How far behind its station's live edge a listener is, and when that is too far."""

from common.constants import MAX_BEHIND


class LiveEdge:
    """Counts on from TUNED, whatever arrives or does not (RFC.md, "Keeping the Distance")."""

    def __init__(self, now: float, behind: float) -> None:
        """TUNED has come: the stretch at its Offset was due `behind` seconds ago (0: not yet)."""
        self._due = now - behind  # when the stretch at Offset was

    def distance(self, now: float, passed: float) -> float:
        """Seconds behind the live edge of what is heard now.

        `passed` is how much of the station's playing time from Offset on is over for the listener:
        played or left out, each part once.
        """
        return now - self._due - passed

    def too_far(self, now: float, passed: float) -> bool:
        """Whether to tune in anew; `distance` is then, less that of the new TUNED, what is missed.

        So also while nothing is heard: in a stall, or a pause.
        """
        return self.distance(now, passed) > MAX_BEHIND
