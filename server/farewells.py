# SPDX-License-Identifier: GPL-3.0-or-later
"""How sessions end while the server drains (RFC.md, "Draining")."""

from collections.abc import Callable
from typing import Final

from common.errors import ErrorCode, ProtocolError
from server.draining import STOPPED, STOPPING, Draining, Farewell, farewell
from server.sessions import Registry, Session

FAREWELLS: Final = 500  # in one `say`: who is sent away comes to the next server at once


class Farewells:
    """Who may stay, and who is told to go.

    Attributes:
        draining: the drain that has begun, if any.
    """

    def __init__(self, sessions: Registry, end: Callable[[Session], None]) -> None:
        """Nobody has to go yet; `end` ends a session."""
        self.draining: Draining | None = None
        self._sessions = sessions
        self._end = end

    def begin(self, timeout: float, *, now: float) -> None:
        """From here on nothing new is begun; tells everybody so. Once is enough."""
        if self.draining is not None:
            return
        self.draining = Draining(now + timeout)
        notice = self.draining.notice(now=now)
        for session in self._sessions:
            if session.control is not None:
                session.control.notify(notice)

    def say(self, *, now: float) -> None:
        """End the sessions that have nothing more to receive, or no time left."""
        if self.draining is None:
            return
        is_over = self.draining.is_over(now=now)
        left = FAREWELLS
        for session in self._sessions:
            # A station has no end that could be waited for, and plays on at the next server.
            has_end = session.tuned is None
            found = farewell(
                has_control=session.control is not None,
                has_data=session.data is not None,
                is_sending=has_end and session.sender.sending,
                has_unsent=has_end and session.data is not None and session.data.has_unsent(),
                is_over=is_over,
            )
            if found is Farewell.STAY:
                continue
            control = session.control
            self._end(session)
            if found is Farewell.BYE and control is not None:
                # Who has all of it already, or listens to a station, misses nothing.
                control.leave(ErrorCode.SHUTTING_DOWN, STOPPED if is_over else "")
            left -= 1
            if not left:
                break

    def refuse_new(self) -> None:
        """Raises ProtocolError(SHUTTING_DOWN) while the server drains."""
        if self.draining is not None:
            raise ProtocolError(ErrorCode.SHUTTING_DOWN, STOPPING)
