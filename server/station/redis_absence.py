# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Redis is away, and what the log is told of it: why, and where that changes."""

from typing import Final

from redis.exceptions import AuthenticationError, RedisError
from redis.exceptions import TimeoutError as NoAnswerError

from server.logbook import Logbook

NO_ANSWER: Final = "no answer"
MOST_REASONS: Final = 8  # told of one absence

_events = Logbook(__name__)


class Absence:
    """Begins with the first thing that Redis does not do, and ends with an agreement.

    Attributes:
        is_on: Redis is away, or was not looked for yet.
    """

    def __init__(self, where: str) -> None:
        """`where` Redis is, for the log."""
        self.is_on = True
        self._where = where
        self._told: set[str] = set()  # the reasons, of this absence

    def goes_on(self, error: Exception) -> None:
        """Redis has failed. Each reason is told once: when it changes, there is another remedy."""
        self.is_on = True
        reason = reason_of(error)
        if reason in self._told or len(self._told) == MOST_REASONS:
            return
        _events.warning(
            "store_away",
            "Redis at {store} is still away"
            if self._told
            else "Redis at {store} is away, going on alone",
            store=self._where,
            reason=reason,
        )
        self._told.add(reason)

    def over(self) -> None:
        """Redis and this server agree."""
        if self._told:
            _events.info("store_back", "Redis at {store} is back", store=self._where)
        self.is_on = False
        self._told.clear()


def reason_of(error: BaseException) -> str:
    """Why Redis is away: the system's words or Redis's own, rather than those about an object."""
    if isinstance(error, NoAnswerError):
        return NO_ANSWER
    if isinstance(error, RedisError) and not isinstance(error, AuthenticationError):
        cause = error.__cause__ or error.__context__
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return str(error).rstrip(".") or NO_ANSWER
