# SPDX-License-Identifier: GPL-3.0-or-later
"""Says a message or frame in the words of RFC.md: one line a field, in the order of the figure."""

from collections.abc import Iterable, Iterator
from typing import Final

from common.constants import MAGIC
from control import music_messages as music
from control import session_messages as session
from control.message import Message
from data.frame_header import HEADER
from data.frames import Attach, Attached, Data, End, Fail, Frame
from data.station_frames import Branch, Join, Leave, Seal, Song, SongFrame
from tests.rfc.station_wording import station_message
from tests.rfc.words import Line, code, fields, flags, text

# Those that have nothing but numbers, texts and octets.
FIELDS: Final[dict[type[Message], str]] = {
    session.Drain: "Until, Text",
    session.Port: "Data Port, Ticket Lifetime, Ticket",
    music.Stop: "Stream",
    music.Credit: "Stream, Limit",
}


def _hello(m: session.Hello) -> Iterator[Line]:
    yield "Magic", f"0x{MAGIC:08X}"
    yield from fields(m, "Min Version, Max Version, Session, Secret, Agent")
    if m.login is not None:
        yield "USER", text(m.login.user)
        yield "PASSWORD", text(m.login.password)


def _welcome(m: session.Welcome) -> Iterator[Line]:
    yield from fields(m, "Version")
    yield "Flags", flags(RESUMED=(m.resumed, 1))
    yield from fields(m, "Session, Secret, Data Port, Ticket, Ticket Lifetime, Heartbeat")
    yield from fields(m, "Dead After, Grace, Newest Stream, Server")


def _list(m: music.List) -> Iterator[Line]:
    yield from fields(m, "After, Limit, Query")
    if m.station:
        yield "STATION", text(m.station)


def _tracks(m: music.Tracks) -> Iterator[Line]:
    yield from fields(m, "Total")
    yield "Flags", flags(MORE=(m.more, 1), SCANNING=(m.scanning, 2))
    yield "Count", str(len(m.tracks))
    for entry in m.tracks:
        yield from fields(entry, "Track, Duration, Title, Artist, Album")


def _play(m: music.Play) -> Iterator[Line]:
    yield from fields(m, "Track, Stream")
    yield "Start Kind", f"{m.kind} {m.kind.name}"
    yield from fields(m, "Start, Window")
    yield "Digest Length", str(len(m.digest))
    if m.digest:
        yield from fields(m, "Digest")


def _stream(m: music.Stream) -> Iterator[Line]:
    yield from fields(
        m, "Stream, Track, Offset, Total, Start Time, Duration, Sample Rate, Channels"
    )
    yield "Flags", flags(GAPLESS=(m.gapless, 1))
    yield from fields(m, "Delay, Padding, Digest, Title, Artist, Album, Map Interval")
    yield "Map Count", str(len(m.map))
    yield "Map", " ".join(map(str, m.map))


def _bye(m: session.Bye) -> Iterator[Line]:
    yield "Reason", code(m.code)
    yield "Text", text(m.text)
    if m.heard is not None:
        yield "Heard", str(m.heard.seconds)
        yield from fields(m.heard, "Stalls, Stalled")
        for of, starts in (("Song", m.heard.songs), ("Station", m.heard.stations)):
            yield f"{of} Starts", str(starts.count)
            yield f"{of} Median", str(starts.median)
            yield f"{of} Worst", str(starts.worst)


def message_lines(message: Message) -> list[str]:
    """The body of a control message."""
    return _joined(_message(message))


def _message(message: Message) -> Iterable[Line]:  # noqa: PLR0911 one each
    match message:
        case session.Hello():
            return _hello(message)
        case session.Welcome():
            return _welcome(message)
        case music.List():
            return _list(message)
        case music.Tracks():
            return _tracks(message)
        case music.Play():
            return _play(message)
        case music.Stream():
            return _stream(message)
        case session.Ping() | session.Pong():
            return [("Token", f"0x{message.token:016X}")]
        case session.Bye():
            return _bye(message)
        case session.Error():
            return [("Code", code(message.code)), ("Text", text(message.text))]
        case _ if type(message) in FIELDS:
            return fields(message, FIELDS[type(message)])
        case _:
            return station_message(message)


def _song(song: Song) -> Iterator[Line]:
    yield "Song", str(song.number)
    yield from fields(song, "Total, Duration, Sample Rate, Channels")
    yield "Flags", flags(GAPLESS=(song.gapless, 1))
    yield from fields(song, "Delay, Padding, Digest, Title, Artist, Album, By")


def _payload(frame: Frame) -> Iterable[Line]:  # noqa: PLR0911 one each
    match frame:
        case Attach():
            return fields(frame, "Ticket")
        case Attached():
            return []
        case Data():
            return fields(frame, "Audio")
        case End():
            return fields(frame, "Digest")
        case Fail():
            return [("Code", code(frame.code)), ("Text", text(frame.text))]
        case SongFrame():
            return _song(frame.song)
        case Seal():
            return fields(frame, "Before, Signature")
        case Join():
            return fields(frame, "Station Id, Expires, Ticket")
        case Branch():
            nodes = [("Node", str(node)) for node in frame.nodes]
            return [("Count", str(len(frame.nodes))), *nodes]
        case Leave():
            return fields(frame, "Node")


def frame_lines(frame: Frame) -> list[str]:
    """Header and payload of a data frame."""
    _length, _kind, session, stream, offset = HEADER.unpack_from(frame.encode())
    header = [("Session", str(session)), ("Stream", str(stream)), ("Offset", str(offset))]
    return _joined([*header, *_payload(frame)])


def _joined(lines: Iterable[Line]) -> list[str]:
    return [f"{name} = {value}" for name, value in lines]
