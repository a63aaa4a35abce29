# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a session lasts without a word: the time to attach, the grace, the idle timeout."""

from collections.abc import Callable
from dataclasses import dataclass

from common.errors import ErrorCode
from server.deadlines import Deadlines
from server.sessions import DataPorts, Registry, Session


@dataclass(slots=True, eq=False)
class _SessionClock:
    """Lets time pass for one session, which has no other."""

    lifetimes: "Lifetimes"
    session: Session

    def deadline(self) -> float | None:
        return self.lifetimes.deadline(self.session)

    def tick(self, *, now: float) -> None:
        self.lifetimes.tick(self.session, now=now)


class Lifetimes:
    """Ends the sessions whose time has come; times in seconds on the server's clock."""

    def __init__(
        self,
        sessions: Registry,
        ports: DataPorts,
        deadlines: Deadlines,
        end: Callable[[Session], None],
    ) -> None:
        """The timers are those of `sessions`, as they are at the time; `end` ends a session."""
        self._sessions = sessions
        self._ports = ports
        self._deadlines = deadlines
        self._end = end

    def watch(self, session: Session) -> None:
        """Look at the session in time; call again where its deadline came nearer, or it ended."""
        if session.clock is None:
            session.clock = _SessionClock(self, session)
        self._deadlines.watch(session.clock)

    def deadline(self, session: Session) -> float | None:
        """When `tick` wants to look at the session again."""
        if session.ended:
            return None
        if session.lost is not None:
            kept_until = session.lost + session.grace
            return kept_until if session.attached_once else min(kept_until, session.ticket_until)
        if session.offered:
            return session.ticket_until
        # While a stream is being sent nobody is idle, and this is looked at again later.
        return session.active + self._sessions.timers.idle_timeout

    def tick(self, session: Session, *, now: float) -> None:
        """End a session whose time has come."""
        deadline = self.deadline(session)
        if deadline is None or now < deadline:
            return
        control = session.control
        if control is None:
            self._end(session)
        elif not session.attached_once:
            self._end(session)
            control.fail(ErrorCode.TIMEOUT, "the data connection was not attached in time")
        elif session.offered:  # and not needed: after a resume the old data connection may live
            session.offered = False
            self._ports.release(session.id)
        elif session.sender.sending:
            session.active = now
        else:
            self._end(session)
            control.leave(ErrorCode.TIMEOUT, "nothing was asked for a long time")
