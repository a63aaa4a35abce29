# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server does for its sessions, apart from moving bytes.

The control links call it with requests, the data links with tickets and for what to send next, the
timers with time. It owns no socket: links and ports are known by their interfaces.
"""

import logging
from dataclasses import dataclass
from typing import Protocol

from common.constants import MAX_BODY, MAX_MAP, VERSION
from common.errors import ErrorCode, ProtocolError
from control.music_messages import (
    Credit,
    List,
    Play,
    StartKind,
    Stop,
    Stream,
    TrackEntry,
    Tracks,
)
from control.session_messages import Hello, Port, Welcome
from data.index import AudioIndex
from server.config import Limits, Timers
from server.deadlines import Deadlines
from server.library.audio import AudioFile
from server.library.catalogue import Page
from server.library.errors import TrackChanged, TrackGone, TrackUnavailableError
from server.library.track import Track
from server.sessions import ControlOutlet, DataOutlet, RandomBytes, Registry, Session

LOG = logging.getLogger("antiphon.server")
NAME = "antiphon-server/0.1"

# A header, and the slice of a mapped file behind it, which only the kernel may read.
OutFrame = tuple[bytes, memoryview]


class TrackSource(Protocol):
    """The part of the library that listeners need."""

    def page(self, after: int, limit: int, query: str = "") -> Page:
        """A stretch of the list."""
        ...

    def track(self, track_id: int) -> Track:
        """A track; raises TrackGone."""
        ...

    def index(self, track_id: int) -> AudioIndex:
        """Where its frames lie; raises TrackUnavailableError."""
        ...

    def open_audio(self, track_id: int) -> AudioFile:
        """Its file; raises TrackUnavailableError."""
        ...


class DataPorts(Protocol):
    """Where sessions can attach."""

    def offer(self, session_id: int) -> int:
        """A port on which the session may attach from now on; raises OSError where none is left."""
        ...

    def release(self, session_id: int) -> None:
        """The session needs no port any more."""
        ...


@dataclass(frozen=True, slots=True)
class _SessionClock:
    """Lets time pass for one session; two of the same session are one."""

    service: "Service"
    session: Session

    def deadline(self) -> float | None:
        return self.service.deadline(self.session)

    def tick(self, *, now: float) -> None:
        self.service.tick(self.session, now=now)


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
    ) -> None:
        """A service without sessions."""
        self.timers = timers
        self.limits = limits
        self.sessions = Registry(limits, timers, random_bytes)
        self._tracks = tracks
        self._ports = ports
        self._deadlines = deadlines

    # -- sessions

    def greet(
        self, hello: Hello, control: ControlOutlet, address: str, *, now: float
    ) -> tuple[Session, Welcome]:
        """Answer HELLO; raises ProtocolError with the code to answer instead."""
        if not hello.min_version <= VERSION <= hello.max_version:
            raise ProtocolError(ErrorCode.VERSION, f"this server speaks version {VERSION}")
        resumed = hello.session != 0
        if resumed:
            session = self.sessions.resume(hello.session, hello.secret, now=now)
        else:
            session = self.sessions.open(address, now=now)
        try:
            port = self._ports.offer(session.id)
        except OSError as error:
            LOG.warning("no data port for a new listener: %s", error)
            self.end(session)
            raise ProtocolError(ErrorCode.BUSY, "the server has no data port left") from None
        if session.control is not None:
            session.control.replaced()
        session.control = control
        self._deadlines.watch(_SessionClock(self, session))
        LOG.debug("session %d %s from %s", session.id, "resumed" if resumed else "opened", address)
        return session, Welcome(
            version=VERSION,
            resumed=resumed,
            session=session.id,
            secret=session.secret,
            data_port=port,
            ticket=session.ticket,
            ticket_lifetime=self.timers.ticket_lifetime,
            heartbeat=self.timers.heartbeat,
            dead_after=self.timers.dead_after,
            grace=self.timers.grace,
            newest_stream=session.sender.newest,
            server=NAME,
        )

    def reopen(self, session: Session, *, now: float) -> Port:
        """Answer REOPEN; raises ProtocolError(BUSY)."""
        try:
            port = self._ports.offer(session.id)
        except OSError:
            raise ProtocolError(ErrorCode.BUSY, "the server has no data port left") from None
        self.sessions.new_ticket(session, now=now)
        return Port(port, self.timers.ticket_lifetime, session.ticket)

    def attach(self, session_id: int, ticket: bytes, data: DataOutlet, *, now: float) -> Session:
        """Take a data connection for its session's; raises ProtocolError(BAD_TICKET)."""
        session = self.sessions.admit(session_id, ticket, now=now)
        self._ports.release(session.id)
        if session.data is not None:
            self._lose_stream(session)
            session.data.drop()
        session.data = data
        return session

    def data_lost(self, session: Session, data: DataOutlet) -> None:
        """A data connection has closed."""
        if session.data is data:
            session.data = None
            self._lose_stream(session)

    def control_lost(self, session: Session, control: ControlOutlet, *, now: float) -> None:
        """A control connection has closed without BYE or fatal ERROR: keep the session a while."""
        if session.control is not control:
            return
        session.control = None
        session.lost = now
        if self.timers.grace == 0:
            self.end(session)
        self._deadlines.watch(_SessionClock(self, session))

    def end(self, session: Session) -> None:
        """The session is over. May be called again."""
        if session.ended:
            return
        LOG.debug("session %d ended", session.id)
        self.sessions.end(session)
        self._ports.release(session.id)
        self._release(session)
        session.control = None
        data, session.data = session.data, None
        if data is not None:
            data.drop()

    def deadline(self, session: Session) -> float | None:
        """When `tick` wants to look at the session again."""
        if session.ended:
            return None
        if session.lost is not None:
            return session.lost + self.timers.grace
        if not session.attached_once:
            return session.ticket_until
        # While a stream is being sent nobody is idle, and this is looked at again later.
        return session.active + self.timers.idle_timeout

    def tick(self, session: Session, *, now: float) -> None:
        """End a session whose time has come."""
        deadline = self.deadline(session)
        if deadline is None or now < deadline:
            return
        control = session.control
        if session.lost is None and session.attached_once and session.sender.sending:
            session.active = now
        elif control is None:
            self.end(session)
        elif not session.attached_once:
            self.end(session)
            control.fail(ErrorCode.TIMEOUT, "the data connection was not attached in time")
        else:
            self.end(session)
            control.leave(ErrorCode.TIMEOUT, "nothing was asked for a long time")

    # -- music

    def list_tracks(self, message: List) -> Tracks:
        """Answer LIST."""
        page = self._tracks.page(message.after, min(message.limit, self.limits.page), message.query)
        entries: list[TrackEntry] = []
        size = Tracks.FIXED_SIZE
        for track in page.tracks:
            entry = _entry(track)
            size += entry.size
            if size > MAX_BODY:
                break
            entries.append(entry)
        more = page.more or len(entries) < len(page.tracks)
        return Tracks(page.total, more, page.scanning, tuple(entries))

    def play(self, session: Session, message: Play) -> Stream:
        """Answer PLAY; raises ProtocolError, and then nothing has changed."""
        sender = session.sender
        if message.stream <= sender.newest:
            text = f"stream {message.stream} does not come after {sender.newest}"
            raise ProtocolError(ErrorCode.STREAM_ORDER, text)
        try:
            index = self._tracks.index(message.track)
            track = self._tracks.track(message.track)
            frame = _first_frame(message, index)
            audio = self._tracks.open_audio(message.track)
        except TrackUnavailableError as error:
            raise ProtocolError(_code_of(error), str(error)) from None
        self._release(session)
        session.audio = audio
        offset = index.offset_of_frame(frame)
        sender.play(message.stream, index, start=offset, window=message.window)
        _switch(session)
        interval, counts = index.time_map(MAX_MAP)
        return Stream(
            stream=message.stream,
            track=track.id,
            offset=offset,
            total=index.total,
            start_time=index.time_of_frame(frame),
            duration=index.duration_ms,
            sample_rate=index.sample_rate,
            channels=index.channels,
            gapless=index.has_gapless,
            delay=index.delay,
            padding=index.padding,
            digest=index.digest,
            title=track.title,
            artist=track.artist,
            album=track.album,
            map_interval=interval,
            map=counts,
        )

    def stop(self, session: Session, message: Stop) -> None:
        """Obey STOP; raises ProtocolError(NO_SUCH_STREAM)."""
        if not session.sender.stop(message.stream):
            raise _no_such_stream(message.stream)
        if not session.sender.sending:
            self._release(session)
            _switch(session)

    def credit(self, session: Session, message: Credit) -> None:
        """Obey CREDIT; raises ProtocolError(NO_SUCH_STREAM)."""
        if not session.sender.credit(message.stream, message.limit):
            raise _no_such_stream(message.stream)
        if session.data is not None:
            session.data.wake()

    def next_frames(self, session: Session, budget: int) -> list[OutFrame]:
        """What the data connection sends next, about `budget` bytes of it at most."""
        audio, sender = session.audio, session.sender
        if audio is None:  # held exactly while a stream is being sent
            return []
        try:
            audio.check()
        except TrackChanged as error:
            failure = sender.fail(ErrorCode.CHANGED, str(error))
            parts = [] if failure is None else [failure]
        else:
            parts = sender.next_parts(budget)
        frames = [
            (part.header, audio.data[part.file_offset : part.file_offset + part.length])
            for part in parts
        ]
        if not sender.sending:
            self._release(session)  # the slices keep the mapping until they are sent
        elif parts:
            audio.advise(parts[-1].file_offset + parts[-1].length, budget)
        return frames

    def _lose_stream(self, session: Session) -> None:
        session.sender.lost()
        self._release(session)

    def _release(self, session: Session) -> None:
        audio, session.audio = session.audio, None
        if audio is not None:
            audio.release()


def _switch(session: Session) -> None:
    if session.data is not None:
        session.data.switch()


def _entry(track: Track) -> TrackEntry:
    return TrackEntry(track.id, track.duration_ms, track.title, track.artist, track.album)


def _first_frame(message: Play, index: AudioIndex) -> int:
    """The frame to start with; raises ProtocolError(CHANGED or BAD_START)."""
    if message.digest and message.digest != index.digest:
        text = "the track is not the recording that was asked for"
        raise ProtocolError(ErrorCode.CHANGED, text)
    if message.kind is StartKind.OFFSET:
        if message.start > index.total:
            text = f"the track has {index.total} bytes, not {message.start}"
            raise ProtocolError(ErrorCode.BAD_START, text)
        return index.frame_at_offset(message.start)
    if message.start >= index.duration_ms:
        text = f"the track ends after {index.duration_us // 1_000_000} seconds"
        raise ProtocolError(ErrorCode.BAD_START, text)
    return index.frame_to_decode_from(index.frame_at_time(message.start * 1000))


def _code_of(error: TrackUnavailableError) -> ErrorCode:
    if isinstance(error, TrackGone):
        return ErrorCode.NO_SUCH_TRACK
    return ErrorCode.CHANGED if isinstance(error, TrackChanged) else ErrorCode.UNREADABLE


def _no_such_stream(stream: int) -> ProtocolError:
    return ProtocolError(ErrorCode.NO_SUCH_STREAM, f"there never was a stream {stream}")
