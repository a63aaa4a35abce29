# SPDX-License-Identifier: GPL-3.0-or-later
"""How sessions come and go: HELLO, REOPEN, ATTACH, loss.

The control links call it with requests, the data links with tickets. It owns no socket: links and
ports are known by their interfaces. What a session hears is in `streams`, how long it lasts without
a word in `lifetimes`.
"""

from collections.abc import Callable

from common.constants import VERSION
from common.errors import ErrorCode, ProtocolError
from common.release import RELEASE
from control.heard import Heard
from control.music_messages import Play, Stop, Stream
from control.session_messages import Hello, Port, Welcome
from control.station_messages import Tune, Tuned
from server.config import Limits, Share, Timers
from server.deadlines import Deadlines
from server.draining import Draining
from server.farewells import Farewells
from server.heartbeat import pace
from server.lifetimes import Lifetimes
from server.lingering import Lingering
from server.logbook import Logbook
from server.metrics.heard import Known, believed
from server.metrics.tally import Tally
from server.refusals import OF_SESSIONS, Refusal, Refusals
from server.sessions import ControlOutlet, DataOutlet, DataPorts, RandomBytes, Registry, Session
from server.station.stations import Stations
from server.streams import Streams, TrackSource
from server.users.logins import NEEDED, Check, Logins, Outcome
from server.users.users_file import User

EVENTS = Logbook("antiphon.server")
NAME = f"antiphon-server/{RELEASE}"


class Service:
    """The desk that all connections come to."""

    def __init__(
        self,
        *,
        limits: Limits,
        timers: Timers,
        tracks: TrackSource,
        ports: DataPorts,
        deadlines: Deadlines,
        random_bytes: RandomBytes,
        logins: Logins | None = None,
        stations: Stations | None = None,
        share: Share | None = None,
    ) -> None:
        """A service without sessions; without `logins`, everybody may have one.

        `share` is for one of several workers: no session of another one is called alike.
        """
        self.timers = timers
        self.limits = limits
        self.lingering = Lingering()  # all connections that are over
        self.sessions = Registry(limits, timers, random_bytes, share or Share(1, 1))
        self.tally = Tally()
        self.refusals = Refusals(deadlines)
        self.streams = Streams(tracks, page=limits.page, tally=self.tally)
        self.stations = stations or Stations()
        self._farewells = Farewells(self.sessions, self.end)
        self.logins = logins
        self._ports = ports
        self._lifetimes = Lifetimes(self.sessions, ports, deadlines, self.end)

    def use(self, limits: Limits, timers: Timers) -> None:
        """Other limits and timers hold from now on, for those who come."""
        self.limits = self.sessions.limits = limits
        self.timers = self.sessions.timers = timers

    # -- sessions

    def examine(
        self, hello: Hello, address: str, tell: Callable[[Outcome], None], *, now: float
    ) -> Check | None:
        """Begin to find out whether HELLO may be answered: `tell` is called, if not dropped.

        None: it may, or `greet` says why not. Raises ProtocolError (LOGIN_NEEDED or BUSY).
        """
        is_known = hello.session != 0  # proven by its secret
        if self.logins is None or is_known or not _is_understood(hello):
            return None
        self._farewells.refuse_new()
        if hello.login is None:
            raise ProtocolError(ErrorCode.LOGIN_NEEDED, NEEDED)
        try:
            return self.logins.begin(hello.login, address, tell, now=now)
        except ProtocolError:
            self.refusals.count(Refusal.PASSWORDS, address, now=now)
            raise

    def greet(
        self,
        hello: Hello,
        control: ControlOutlet,
        address: str,
        *,
        user: User | None = None,
        now: float,
    ) -> tuple[Session, Welcome]:
        """Answer HELLO; raises ProtocolError with the code to answer instead."""
        if not _is_understood(hello):
            raise ProtocolError(ErrorCode.VERSION, f"this server speaks version {VERSION}")
        resumed = hello.session != 0
        if resumed:
            session = self.sessions.resume(hello.session, hello.secret, now=now)
        else:
            self._farewells.refuse_new()
            try:
                session = self.sessions.open(address, user=user, now=now)
            except ProtocolError as error:
                self.refusals.count(OF_SESSIONS[error.code], address, now=now)
                raise
        if session.control is not None:
            session.control.replaced()
        session.control, session.peer = control, address
        session.grace = self.timers.grace
        self.stations.relays.control_back(session)
        told = pace(self.timers, len(self.sessions))
        try:
            port = self._offer_port(session, now=now)
        except ProtocolError:
            self.end(session)
            raise
        how = "resumed" if resumed else "opened"
        self.tally.sessions[how] += 1
        EVENTS.debug(
            "session_resumed" if resumed else "session_opened",
            "session {session} {how} from {peer}",
            session=session.id,
            how=how,
            peer=address,
            user=None if session.user is None else session.user.name,
            agent=hello.agent or None,
        )
        return session, Welcome(
            version=VERSION,
            resumed=resumed,
            session=session.id,
            secret=session.secret,
            data_port=port,
            ticket=session.ticket,
            ticket_lifetime=self.timers.ticket_lifetime,
            heartbeat=told.heartbeat,
            dead_after=told.dead_after,
            grace=session.grace,
            newest_stream=session.sender.newest,
            server=NAME,
        )

    def play(self, session: Session, message: Play) -> Stream:
        """Answer PLAY; raises ProtocolError."""
        self._farewells.refuse_new()
        stream = self.streams.play(session, message)
        self.stations.left(session)
        return stream

    def tune(self, session: Session, message: Tune) -> Tuned:
        """Answer TUNE; raises ProtocolError."""
        self._farewells.refuse_new()
        tuned = self.stations.tune(session, message)
        self.streams.tuned(session)
        return tuned

    def stop(self, session: Session, message: Stop) -> None:
        """Obey STOP; raises ProtocolError(NO_SUCH_STREAM)."""
        self.streams.stop(session, message)
        if not session.sender.sending:
            self.stations.left(session)

    def reopen(self, session: Session, *, now: float) -> Port:
        """Answer REOPEN; raises ProtocolError(BUSY)."""
        self.sessions.new_ticket(session, now=now)
        port = self._offer_port(session, now=now)
        return Port(port, self.timers.ticket_lifetime, session.ticket)

    def attach(self, session_id: int, ticket: bytes, data: DataOutlet, *, now: float) -> Session:
        """Take a data connection for its session's; raises ProtocolError(BAD_TICKET)."""
        session = self.sessions.admit(session_id, ticket, now=now)
        self._ports.release(session.id)
        if session.data is not None:
            self.streams.lost(session)
            session.data.drop()
        session.data = data
        return session

    def data_lost(self, session: Session, data: DataOutlet) -> None:
        """A data connection has closed."""
        if session.data is data:
            session.data = None
            self.streams.lost(session)

    def control_lost(self, session: Session, control: ControlOutlet, *, now: float) -> None:
        """A control connection has closed without BYE or fatal ERROR: keep the session a while."""
        if session.control is not control:
            return
        session.control = None
        session.lost = now
        self.stations.relays.control_lost(session)
        if session.grace == 0:
            self.end(session)
        self._lifetimes.watch(session)

    def heard(self, session: Session, told: Heard, *, now: float) -> None:
        """A listener tells in its BYE what it heard; believed as far as it can be."""
        if session.ended:
            return
        known = Known(
            now - session.began,
            has_sound=session.attached_once and session.has_sound,
            songs=session.plays,
            stations=session.tunes,
        )
        heard = believed(told, known)
        if heard is None:
            return
        self.tally.heard.add(heard)
        EVENTS.info(
            "session_heard",
            "session {session} heard {seconds} s of sound; stalls: {stalls}",
            session=session.id,
            peer=session.peer,
            user=None if session.user is None else session.user.name,
            seconds=heard.seconds,
            stalls=heard.stalls,
            stalled_ms=heard.stalled,
            song_starts=heard.songs.count,
            song_median_ms=heard.songs.median,
            song_worst_ms=heard.songs.worst,
            station_starts=heard.stations.count,
            station_median_ms=heard.stations.median,
            station_worst_ms=heard.stations.worst,
        )

    def end(self, session: Session) -> None:
        """The session is over. May be called again."""
        if session.ended:
            return
        EVENTS.debug(
            "session_ended", "session {session} ended", session=session.id, peer=session.peer
        )
        self.sessions.end(session)
        self._ports.release(session.id)
        self.streams.release(session)
        self.stations.left(session)
        self._lifetimes.watch(session)
        session.control = None
        data, session.data = session.data, None
        if data is not None:
            data.drop()

    def users_changed(self) -> None:
        """End the sessions of those who are users no more, or have another password."""
        for session in self.sessions:
            if self.logins is None or session.user is None or self.logins.knows(session.user):
                continue
            control = session.control
            self.end(session)
            if control is not None:
                control.leave(ErrorCode.LOGIN_FAILED, "this user is not known here any more")

    # -- the end (RFC.md, "Draining")

    @property
    def draining(self) -> Draining | None:
        """The drain that has begun, if any."""
        return self._farewells.draining

    def drain(self, *, now: float) -> None:
        """From here on nothing new is begun; tells everybody so. Once is enough."""
        self._farewells.begin(self.timers.drain_timeout, now=now)

    def say_farewells(self, *, now: float) -> None:
        """While draining: end the sessions that have nothing more to receive, or no time left."""
        self._farewells.say(now=now)

    def _offer_port(self, session: Session, *, now: float) -> int:
        try:
            port = self._ports.offer(session.id)
        except OSError:
            self.refusals.count(Refusal.DATA_PORTS, session.peer, now=now)
            raise ProtocolError(ErrorCode.BUSY, "the server has no data port left") from None
        session.offered = True
        self._lifetimes.watch(session)
        return port


def _is_understood(hello: Hello) -> bool:
    return hello.min_version <= VERSION <= hello.max_version
