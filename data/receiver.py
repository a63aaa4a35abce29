# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's streams: what of the arriving frames belongs to the song that is wanted now.

Control and data are not ordered against each other, so frames of a stream that was asked for wait
here until its STREAM has come (RFC.md, "Stream States").
"""

from dataclasses import dataclass, field
from hashlib import sha256

from common.errors import ErrorCode, MisuseError, ProtocolError
from data.frames import Data, End, Fail
from data.states import STREAM_TABLE, StreamAction, StreamInput, StreamState
from data.station_frames import Seal, SongFrame


@dataclass(frozen=True, slots=True)
class Audio:
    """The next audio bytes of the newest stream."""

    stream: int
    offset: int  # audio offset
    data: bytes


@dataclass(frozen=True, slots=True)
class Complete:
    """All of the stream has arrived.

    `intact` compares the digest; None where the stream did not start at 0.
    """

    stream: int
    intact: bool | None


@dataclass(frozen=True, slots=True)
class Failed:
    """The server cannot send the rest."""

    stream: int
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Resume:
    """The stream was lost with the connection; what is missing begins at `offset`."""

    stream: int
    offset: int


Event = Audio | Complete | Failed | Resume


@dataclass(slots=True)
class _Stream:
    number: int
    window: int  # bytes granted with PLAY
    state: StreamState = StreamState.ASKED
    limit: int = 0  # audio offset up to which credit was granted
    next: int = 0  # audio offset of the next byte to arrive
    wanted: int = 0  # audio offset of the first byte not yet delivered
    total: int = 0
    digest: bytes = b""
    kept: list[Data | End | Fail] = field(default_factory=list[Data | End | Fail])
    kept_bytes: int = 0

    def step(self, what: StreamInput) -> StreamAction:
        self.state, action = STREAM_TABLE.step(self.state, what)
        return action


class _RunningDigest:
    """SHA-256 over a recording's audio bytes, as long as they come without a gap from 0."""

    def __init__(self) -> None:
        self._of = b""
        self._hash = sha256()
        self._reached = 0

    def start(self, digest: bytes, wanted: int) -> None:
        """Go on where the bytes so far were of the same recording and end at `wanted`."""
        if digest != self._of or wanted != self._reached:
            self._of, self._hash, self._reached = digest, sha256(), 0

    def update(self, audio: Audio) -> None:
        if audio.offset == self._reached:
            self._hash.update(audio.data)
            self._reached += len(audio.data)

    def verdict(self, total: int) -> bool | None:
        return self._hash.digest() == self._of if self._reached == total else None


class Receiver:
    """All streams of one client, of which at most the newest is heard."""

    def __init__(self) -> None:
        """No stream was asked for yet."""
        self._streams: dict[int, _Stream] = {}  # not over; the newest and those asked for since
        self._highest = 0  # number ever asked for
        self._digest = _RunningDigest()

    def ask(self, stream: int, *, window: int) -> None:
        """PLAY was sent with this stream number and Window."""
        if stream <= self._highest:
            raise MisuseError(f"stream {stream} after {self._highest}")
        self._highest = stream
        self._streams[stream] = _Stream(stream, window)

    def skip(self, stream: int) -> int:
        """Returns this number, for a station's stream, whose frames are not for this receiver."""
        self._highest = max(self._highest, stream)
        return stream

    def overtaken(self, stream: int) -> None:
        """A station was accepted with this stream number: older streams are over."""
        for older in [number for number in self._streams if number < stream]:
            self._step(older, StreamInput.NEWER)

    def refused(self, stream: int) -> None:
        """The PLAY of this stream was answered with an ERROR, or never will be answered.

        Raises ProtocolError where it was answered before.
        """
        self._answered(stream, StreamInput.ERROR)

    def accept(
        self, stream: int, *, offset: int, total: int, digest: bytes, wanted: int | None = None
    ) -> list[Event]:
        """STREAM came: older streams are over, and what arrived before it is acted on.

        `wanted` is the first byte to deliver, where the stream continues another one. Raises
        ProtocolError where an earlier frame does not fit.
        """
        self.overtaken(stream)
        found = self._streams.get(stream)
        if found is None or self._answered(stream, StreamInput.STREAM) is not StreamAction.ACCEPT:
            return []
        found.next, found.limit = offset, offset + found.window
        found.total, found.digest = total, digest
        found.wanted = offset if wanted is None else wanted
        self._digest.start(digest, found.wanted)
        kept, found.kept = found.kept, []
        return [event for frame in kept for event in self.receive(frame)]

    def grant(self, stream: int, limit: int) -> None:
        """CREDIT was sent. Raises MisuseError before STREAM has come."""
        found = self._streams.get(stream)
        if found is not None:
            if found.state is StreamState.ASKED:
                raise MisuseError(f"credit for stream {stream} before its STREAM")
            found.limit = max(found.limit, limit)

    def stop(self) -> None:
        """STOP was sent, or nothing of any stream is wanted any more."""
        for number in list(self._streams):
            self._step(number, StreamInput.STOP)

    def lost(self) -> list[Event]:
        """The data connection is gone."""
        events: list[Event] = []
        for number, stream in list(self._streams.items()):
            if self._step(number, StreamInput.LOST) is StreamAction.RESUME:
                events.append(Resume(number, max(stream.next, stream.wanted)))
        return events

    def receive(self, frame: Data | End | Fail | SongFrame | Seal) -> list[Event]:
        """Take a frame; raises ProtocolError where it breaks a rule, of any stream but old ones."""
        stream = self._streams.get(frame.stream)
        if stream is None:
            if frame.stream > self._highest:
                text = f"a frame of stream {frame.stream}, which was never asked for"
                raise ProtocolError(ErrorCode.UNEXPECTED, text)
            return []
        match self._step(frame.stream, _INPUTS[type(frame)]), frame:
            case StreamAction.KEEP, Data() | End() | Fail():
                self._keep(stream, frame)
                return []
            case StreamAction.DELIVER, Data():
                return self._deliver(stream, frame)
            case StreamAction.COMPLETE, End():
                _check(frame.total == stream.next == stream.total, "END before the end")
                _check(frame.digest == stream.digest, "END with another digest than STREAM")
                return [Complete(stream.number, self._digest.verdict(stream.total))]
            case StreamAction.FAIL, Fail():
                _check(frame.offset == stream.next, f"FAIL at {frame.offset}, not {stream.next}")
                return [Failed(stream.number, frame.code, frame.text)]
            case StreamAction.REFUSE, _:
                text = f"{frame.TYPE.name} has no place in stream {frame.stream}"
                raise ProtocolError(ErrorCode.UNEXPECTED, text)
            case _:
                return []

    def _answered(self, number: int, what: StreamInput) -> StreamAction:
        action = self._step(number, what)
        if action is StreamAction.REFUSE:
            text = f"the PLAY of stream {number} was answered before"
            raise ProtocolError(ErrorCode.UNEXPECTED, text)
        return action

    def _keep(self, stream: _Stream, frame: Data | End | Fail) -> None:
        if stream.kept and not isinstance(stream.kept[-1], Data):
            text = f"{frame.TYPE.name} behind the end of stream {stream.number}"
            raise ProtocolError(ErrorCode.UNEXPECTED, text)
        stream.kept.append(frame)
        if isinstance(frame, Data):
            stream.kept_bytes += len(frame.audio)
            _check(stream.kept_bytes <= stream.window, "DATA beyond the credit")

    def _deliver(self, stream: _Stream, frame: Data) -> list[Event]:
        _check(frame.offset == stream.next, f"DATA at {frame.offset}, not {stream.next}")
        end = frame.offset + len(frame.audio)
        _check(end <= min(stream.limit, stream.total), "DATA beyond the credit or the end")
        stream.next = end
        audio = frame.audio[max(0, stream.wanted - frame.offset) :]
        if not audio:
            return []
        event = Audio(stream.number, end - len(audio), audio)
        self._digest.update(event)
        return [event]

    def _step(self, number: int, what: StreamInput) -> StreamAction:
        stream = self._streams.get(number)
        if stream is None:
            return StreamAction.NOTHING
        action = stream.step(what)
        if stream.state is StreamState.OVER:
            del self._streams[number]
        return action


_INPUTS = {
    Data: StreamInput.DATA,
    End: StreamInput.END,
    Fail: StreamInput.FAIL,
    SongFrame: StreamInput.OF_STATION,
    Seal: StreamInput.OF_STATION,
}


def _check(holds: object, rule: str) -> None:
    if not holds:
        raise ProtocolError(ErrorCode.MALFORMED, rule)
