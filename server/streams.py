# SPDX-License-Identifier: GPL-3.0-or-later
"""What sessions hear: LIST, PLAY, STOP and CREDIT answered from the library, and what to send next.

It owns no socket; a session's connections are known by their interfaces.
"""

from typing import Final, Protocol

from common.constants import MAX_BODY, MAX_MAP
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
from data.index import AudioIndex
from data.sender import Part
from data.station.ring import Behind
from server.library.audio import AudioFile
from server.library.catalogue import Page
from server.library.errors import TrackChanged, TrackGone, TrackUnavailableError
from server.library.track import Track
from server.metrics.tally import Tally
from server.sessions import Session
from server.station.tuned import StationStream

ANSWERS: Final = 64  # STREAMs that are kept, of some kilobytes each

# A header, and what is behind it: the slice of a mapped file, which only the kernel may read, or a
# payload of a station.
OutFrame = tuple[bytes, bytes | memoryview]


class TrackSource(Protocol):
    """The part of the library that listeners need."""

    def page(
        self, after: int, limit: int, query: str = "", within: frozenset[int] | None = None
    ) -> Page:
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


class Streams:
    """The library, as sessions hear it."""

    def __init__(self, tracks: TrackSource, *, page: int, tally: Tally | None = None) -> None:
        """`page` is how many tracks one TRACKS holds at most."""
        self.tally = tally or Tally()
        self._tracks = tracks
        self._page = page
        self._answers: dict[tuple[int, int, int], tuple[Track, Stream]] = {}

    def list_tracks(self, message: List, within: frozenset[int] | None = None) -> Tracks:
        """Answer LIST; `within` are the tracks of the station that it is about."""
        limit = min(message.limit, self._page)
        page = self._tracks.page(message.after, limit, message.query, within)
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
        self.release(session)
        session.audio = audio
        offset = index.offset_of_frame(frame)
        sender.play(message.stream, index, start=offset, window=message.window)
        self.tally.streams["song"] += 1
        session.plays += 1
        session.asked = session.active
        _switch(session)
        return self._answer(message.stream, track, index, frame)

    def _answer(self, number: int, track: Track, index: AudioIndex, frame: int) -> Stream:
        """STREAM; to a crowd that begins the same song, the very same."""
        key = track.id, number, frame
        known = self._answers.get(key)
        if known is not None and known[0] is track and known[1].digest == index.digest:
            return known[1]
        stream = _stream(number, track, index, frame)
        self._answers[key] = track, stream
        if len(self._answers) > ANSWERS:
            del self._answers[next(iter(self._answers))]
        return stream

    def stop(self, session: Session, message: Stop) -> None:
        """Obey STOP; raises ProtocolError(NO_SUCH_STREAM)."""
        if not session.sender.stop(message.stream):
            raise _no_such_stream(message.stream)
        if message.stream == session.sender.newest:
            self.switch(session)

    def credit(self, session: Session, message: Credit) -> None:
        """Obey CREDIT; raises ProtocolError(NO_SUCH_STREAM)."""
        held = session.sender.held
        if not session.sender.credit(message.stream, message.limit):
            raise _no_such_stream(message.stream)
        if held and not session.sender.held:
            self.tally.credit_stalls += 1
        if session.data is not None:
            session.data.wake()

    def next_frames(self, session: Session, budget: int) -> list[OutFrame]:
        """What the data connection sends next, about `budget` bytes of it at most."""
        audio, sender = session.audio, session.sender
        if session.tuned is not None:
            return self._next_of_station(session, session.tuned, budget)
        if audio is None:  # held until all of a stream was sent
            return []
        try:
            audio.check()
        except TrackChanged as error:
            failure = sender.fail(ErrorCode.CHANGED, str(error))
            self.release(session)
            return self._failed(ErrorCode.CHANGED, failure)
        parts = sender.next_parts(budget)
        data = audio.data
        frames: list[OutFrame] = [(header, data[at : at + length]) for header, at, length in parts]
        if sender.sending and parts:
            audio.advise(parts[-1].file_offset + parts[-1].length, budget)
        return frames

    def has_changed(self, session: Session) -> bool:
        """Whether a file was written to of which `next_frames` has given frames to send."""
        try:
            if session.audio is not None:
                session.audio.check()
        except TrackChanged:
            return True
        return False

    def all_sent(self, session: Session) -> None:
        """What `next_frames` has given was sent: a stream that has ended needs its file no more."""
        if not session.sender.sending:
            self.release(session)

    def lost(self, session: Session) -> None:
        """The data connection is gone, and the stream with it, where that was sent on it."""
        if session.tuned is not None and not session.tuned.is_fed:
            return
        session.sender.lost()
        self.release(session)

    def tuned(self, session: Session) -> None:
        """The session hears a station now, from the server or from another listener."""
        self.tally.streams["station"] += 1
        session.tunes += 1
        is_fed = session.tuned is not None and session.tuned.is_fed
        session.has_sound |= not is_fed
        session.asked = session.active if is_fed else None
        self.switch(session)

    def switch(self, session: Session) -> None:
        """Another stream has taken the place of what the session heard, or none."""
        self.release(session)
        _switch(session)

    def release(self, session: Session) -> None:
        """The session needs its file no more. May be called again."""
        audio, session.audio = session.audio, None
        if audio is not None:
            audio.release()

    def _next_of_station(
        self, session: Session, tuned: StationStream, budget: int
    ) -> list[OutFrame]:
        sender = session.sender
        if not sender.sending:
            return []
        try:
            return list(tuned.next_frames(session.id, budget))
        except Behind as error:
            failure = sender.fail(ErrorCode.BEHIND, str(error), at=tuned.next)
            return self._failed(ErrorCode.BEHIND, failure)

    def _failed(self, code: ErrorCode, failure: Part | None) -> list[OutFrame]:
        if failure is None:
            return []
        self.tally.errors[code] += 1
        return [(failure.header, b"")]


def _stream(number: int, track: Track, index: AudioIndex, frame: int) -> Stream:
    interval, counts = index.time_map(MAX_MAP)
    return Stream(
        stream=number,
        track=track.id,
        offset=index.offset_of_frame(frame),
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
