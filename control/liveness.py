# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the peer lives, when to ask it, and when to give it up (RFC.md, "Heartbeats")."""


class Liveness:
    """Of one control connection; all times are seconds of the caller's clock.

    Attributes:
        dead_after: seconds of silence that the connection survives.
    """

    __slots__ = ("_heard", "_heard_here", "_heartbeat", "_pinged", "_said", "dead_after")

    def __init__(self, dead_after: float) -> None:
        """Nobody counts before something was `heard`, and nobody asks before `is_to_ask`."""
        self.dead_after = dead_after
        self._heartbeat: float | None = None
        self._heard: float | None = None  # here or elsewhere
        self._heard_here = 0.0
        self._said = 0.0
        self._pinged: float | None = None  # when, until it is answered

    @property
    def counts(self) -> bool:
        """Whether silence counts yet."""
        return self._heard is not None

    def heard(self, now: float) -> None:
        """Something came on the control connection, or silence counts from now on."""
        self._heard = self._heard_here = now

    def heard_elsewhere(self, now: float) -> None:
        """Something came on the data connection; before WELCOME that tells nothing."""
        if self._heartbeat is not None:
            self._heard = now

    def said(self, now: float) -> None:
        """Something was sent on the control connection."""
        self._said = now

    def is_to_ask(self, heartbeat: float, dead_after: float) -> None:
        """This side is the client, and WELCOME has just told it how often to ask."""
        self._heartbeat, self.dead_after = heartbeat, dead_after
        self._said = self._heard_here

    def pinged(self, now: float) -> None:
        """PING was sent."""
        self._pinged = self._said = now

    def answered(self) -> None:
        """PING was answered."""
        self._pinged = None

    def deadline(self) -> float | None:
        """When to ask, or to give up; None while nothing counts."""
        lost = self._lost_at()
        if lost is None or self._heartbeat is None or self._pinged is not None:
            return lost
        return min(lost, min(self._heard or 0.0, self._said) + self._heartbeat)

    def is_lost(self, now: float) -> bool:
        """Whether it is time to give up."""
        lost = self._lost_at()
        return lost is not None and now >= lost

    def _lost_at(self) -> float | None:
        if self._heard is None:
            return None
        lost = self._heard + self.dead_after
        if self._heartbeat is None or self._pinged is None:
            return lost
        # A PING that is missed counts, whatever comes on the data connection.
        waited = self._pinged + self.dead_after - self._heartbeat
        return min(lost, max(waited, self._heard_here + self.dead_after))
