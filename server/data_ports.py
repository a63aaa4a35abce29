# SPDX-License-Identifier: GPL-3.0-or-later
"""The data ports: one for each session that is to attach, shared where very many are to.

A port of its own costs a session a third of all that its arrival costs, some twenty calls of the
kernel, and is gone a moment later. So where a crowd comes at once, those behind the first ones
share theirs (the session id in ATTACH tells them apart), as all do when the range is used up.
"""

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

from common.constants import DEAD_AFTER
from server.acceptor import Acceptor
from server.channel import clock
from server.config import PortRange
from server.congestion import SYSTEM, choose
from server.dead_peers import find_dead_peers
from server.deadlines import Deadlines
from server.listening_socket import listen
from server.logbook import Logbook
from server.refusals import APART

EVENTS = Logbook("antiphon.server")

OWN = 32  # ports open at the same time; behind them, sessions share them in turn
BACKLOG = 1024  # connections that wait to be accepted: of a port's share of a crowd
HIGHEST = 65535
KEPT = 1.0  # seconds for which ports stay open when nobody is to attach any more
GUESSES = 4  # ports to try, two apart as the kernel has them, before it is asked for a free one

Accepted = Callable[[socket.socket, str], None]


@dataclass(slots=True)
class _Open:
    """A port on which somebody may attach."""

    port: int
    sock: socket.socket
    acceptor: Acceptor
    sessions: set[int] = field(default_factory=set[int])


class DataPortPool:
    """Listening sockets that live from WELCOME (or PORT) until KEPT after the last one's ATTACHED.

    Else a crowd, of which some attach while others say HELLO, would open and close one for each.
    """

    def __init__(
        self,
        host: str,
        ports: PortRange | None,
        accepted: Accepted,
        deadlines: Deadlines,
        *,
        congestion: str = SYSTEM,
        dead_after: int = DEAD_AFTER,
        clock: Callable[[], float] = clock,
    ) -> None:
        """`ports` None takes any free port; `accepted` gets each connection with its peer.

        The kernel gives up on connections that are dead for `dead_after` seconds. `deadlines` run
        on the seconds of `clock`.
        """
        self._dead_after = dead_after
        self._host = host
        self._ports = ports
        self._accepted = accepted
        self._deadlines = deadlines
        self._clock = clock
        self._congestion = congestion
        self._open: dict[int, _Open] = {}  # by port
        self._of: dict[int, _Open] = {}  # by session
        self._idle: list[_Open] = []  # whose sessions have attached
        self._unused = 0.0  # since when nobody is to attach, where that is so
        self._told = float("-inf")  # when the log was told that there is no further port
        self._next = 0 if ports is None else ports.low  # where to go on; 0: not begun

    def offer(self, session_id: int) -> int:
        """A port for this session; raises OSError where not one can be opened or shared."""
        offered = self._of.get(session_id)
        if offered is None:
            offered = self._own_port() or self._shared_port()
            offered.sessions.add(session_id)
            self._of[session_id] = offered
        return offered.port

    def release(self, session_id: int) -> None:
        """The session needs its port no more: the next one may have it."""
        offered = self._of.pop(session_id, None)
        if offered is None:
            return
        offered.sessions.discard(session_id)
        if not offered.sessions:
            self._idle.append(offered)
        if not self._of:
            self._unused = self._clock()
            self._deadlines.watch(self)

    def use(self, dead_after: int) -> None:
        """Other seconds hold from now on, for those who come."""
        self._dead_after = dead_after
        for offered in self._open.values():
            find_dead_peers(offered.sock, dead_after)

    def close(self) -> None:
        """Close all."""
        for offered in self._open.values():
            offered.acceptor.close()
        self._open.clear()
        self._of.clear()
        self._idle.clear()

    # -- Watched

    def deadline(self) -> float | None:
        """When to close all."""
        return self._unused + KEPT if self._open and not self._of else None

    def tick(self, *, now: float) -> None:  # noqa: ARG002 the deadline has come, and that is all
        """Nobody has come meanwhile."""
        self.close()

    def _own_port(self) -> _Open | None:
        """A port that nobody else is to attach on; None where there are enough of these."""
        if self._idle:
            return self._idle.pop()
        return self._free_port() if len(self._open) < OWN else None

    def _free_port(self) -> _Open | None:
        """Open one more port of the range; None where there is none, or no descriptor for it."""
        for port in self._candidates():
            try:
                sock = listen(self._host, port, BACKLOG)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue  # somebody else's
                self._tell(error)
                return None
            choose(sock, self._congestion)
            find_dead_peers(sock, self._dead_after)
            number = int(sock.getsockname()[1])
            if self._ports is None:
                self._next = number
            opened = _Open(number, sock, Acceptor(sock, self._accepted))
            self._open[number] = opened
            return opened
        return None

    def _tell(self, error: OSError) -> None:
        # Everybody who comes asks for one.
        now = self._clock()
        if now >= self._told + APART:
            self._told = now
            EVENTS.warning("no_further_data_port", "there is no further data port", reason=error)

    def _candidates(self) -> list[int]:
        """Ports to try, beginning behind the one that was tried last."""
        if self._ports is None:
            # The kernel searches from anywhere, for milliseconds when thousands are in use: it is
            # asked once, and from then on only where the ports behind that one are taken.
            behind = range(self._next + 2, self._next + 2 + 2 * GUESSES, 2) if self._next else ()
            return [*(port for port in behind if port <= HIGHEST), 0]
        low, count = self._ports.low, self._ports.high - self._ports.low + 1
        begin = self._next - low
        ring = [low + (begin + step) % count for step in range(count)]
        free = [port for port in ring if port not in self._open]
        if free:
            self._next = low + (free[0] - low + 1) % count
        return free

    def _shared_port(self) -> _Open:
        """One of those that are open, each in its turn."""
        if not self._open:
            raise OSError(errno.EADDRNOTAVAIL, "no port of the range can be opened")
        first = next(iter(self._open))
        shared = self._open[first] = self._open.pop(first)
        return shared
