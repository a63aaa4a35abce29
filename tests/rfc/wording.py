# SPDX-License-Identifier: GPL-3.0-or-later
"""Says a message or frame in the words of RFC.md: one line a field, in the order of the figure."""

from collections.abc import Iterable, Iterator

from common.constants import MAGIC
from control import music_messages as music
from control import session_messages as session
from control.message import Message
from data.frame_header import HEADER
from data.frames import Attach, Attached, Data, End, Fail, Frame
from data.station_frames import Branch, Join, Leave, Seal, Song, SongFrame
from tests.rfc.station_wording import station_message
from tests.rfc.words import Line, code, flags, text


def _hello(m: session.Hello) -> Iterator[Line]:
    yield "Magic", f"0x{MAGIC:08X}"
    yield "Min Version", str(m.min_version)
    yield "Max Version", str(m.max_version)
    yield "Session", str(m.session)
    yield "Secret", m.secret.hex()
    yield "Agent", text(m.agent)
    if m.login is not None:
        yield "USER", text(m.login.user)
        yield "PASSWORD", text(m.login.password)


def _welcome(m: session.Welcome) -> Iterator[Line]:
    yield "Version", str(m.version)
    yield "Flags", flags(RESUMED=(m.resumed, 1))
    yield "Session", str(m.session)
    yield "Secret", m.secret.hex()
    yield "Data Port", str(m.data_port)
    yield "Ticket", m.ticket.hex()
    yield "Ticket Lifetime", str(m.ticket_lifetime)
    yield "Heartbeat", str(m.heartbeat)
    yield "Dead After", str(m.dead_after)
    yield "Grace", str(m.grace)
    yield "Newest Stream", str(m.newest_stream)
    yield "Server", text(m.server)


def _list(m: music.List) -> Iterator[Line]:
    yield "After", str(m.after)
    yield "Limit", str(m.limit)
    yield "Query", text(m.query)
    if m.station:
        yield "STATION", text(m.station)


def _tracks(m: music.Tracks) -> Iterator[Line]:
    yield "Total", str(m.total)
    yield "Flags", flags(MORE=(m.more, 1), SCANNING=(m.scanning, 2))
    yield "Count", str(len(m.tracks))
    for entry in m.tracks:
        yield "Track", str(entry.track)
        yield "Duration", str(entry.duration)
        yield "Title", text(entry.title)
        yield "Artist", text(entry.artist)
        yield "Album", text(entry.album)


def _play(m: music.Play) -> Iterator[Line]:
    yield "Track", str(m.track)
    yield "Stream", str(m.stream)
    yield "Start Kind", f"{m.kind} {m.kind.name}"
    yield "Start", str(m.start)
    yield "Window", str(m.window)
    yield "Digest Length", str(len(m.digest))
    if m.digest:
        yield "Digest", m.digest.hex()


def _stream(m: music.Stream) -> Iterator[Line]:
    yield "Stream", str(m.stream)
    yield "Track", str(m.track)
    yield "Offset", str(m.offset)
    yield "Total", str(m.total)
    yield "Start Time", str(m.start_time)
    yield "Duration", str(m.duration)
    yield "Sample Rate", str(m.sample_rate)
    yield "Channels", str(m.channels)
    yield "Flags", flags(GAPLESS=(m.gapless, 1))
    yield "Delay", str(m.delay)
    yield "Padding", str(m.padding)
    yield "Digest", m.digest.hex()
    yield "Title", text(m.title)
    yield "Artist", text(m.artist)
    yield "Album", text(m.album)
    yield "Map Interval", str(m.map_interval)
    yield "Map Count", str(len(m.map))
    yield "Map", " ".join(map(str, m.map))


def _credit(m: music.Credit) -> Iterator[Line]:
    yield "Stream", str(m.stream)
    yield "Limit", str(m.limit)


def _port(m: session.Port) -> Iterator[Line]:
    yield "Data Port", str(m.data_port)
    yield "Ticket Lifetime", str(m.ticket_lifetime)
    yield "Ticket", m.ticket.hex()


def _bye(m: session.Bye) -> Iterator[Line]:
    yield "Reason", code(m.code)
    yield "Text", text(m.text)
    if m.heard is not None:
        yield "Heard", str(m.heard.seconds)
        yield "Stalls", str(m.heard.stalls)
        yield "Stalled", str(m.heard.stalled)
        for of, starts in (("Song", m.heard.songs), ("Station", m.heard.stations)):
            yield f"{of} Starts", str(starts.count)
            yield f"{of} Median", str(starts.median)
            yield f"{of} Worst", str(starts.worst)


def message_lines(message: Message) -> list[str]:
    """The body of a control message."""
    return _joined(_message(message))


def _message(message: Message) -> Iterable[Line]:  # noqa: PLR0911, PLR0912 one each
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
        case music.Credit():
            return _credit(message)
        case session.Port():
            return _port(message)
        case session.Drain():
            return [("Until", str(message.until)), ("Text", text(message.text))]
        case music.Stop():
            return [("Stream", str(message.stream))]
        case session.Ping() | session.Pong():
            return [("Token", f"0x{message.token:016X}")]
        case session.Bye():
            return _bye(message)
        case session.Error():
            return [("Code", code(message.code)), ("Text", text(message.text))]
        case _:
            return station_message(message)


def _song(song: Song) -> Iterator[Line]:
    yield "Song", str(song.number)
    yield "Total", str(song.total)
    yield "Duration", str(song.duration)
    yield "Sample Rate", str(song.sample_rate)
    yield "Channels", str(song.channels)
    yield "Flags", flags(GAPLESS=(song.gapless, 1))
    yield "Delay", str(song.delay)
    yield "Padding", str(song.padding)
    yield "Digest", song.digest.hex()
    yield "Title", text(song.title)
    yield "Artist", text(song.artist)
    yield "Album", text(song.album)
    yield "By", text(song.by)


def _payload(frame: Frame) -> Iterable[Line]:  # noqa: PLR0911 one each
    match frame:
        case Attach():
            return [("Ticket", frame.ticket.hex())]
        case Attached():
            return []
        case Data():
            return [("Audio", frame.audio.hex())]
        case End():
            return [("Digest", frame.digest.hex())]
        case Fail():
            return [("Code", code(frame.code)), ("Text", text(frame.text))]
        case SongFrame():
            return _song(frame.song)
        case Seal():
            return [("Before", frame.before.hex()), ("Signature", frame.signature.hex())]
        case Join():
            return [
                ("Station Id", frame.station_id.hex()),
                ("Expires", str(frame.expires)),
                ("Ticket", frame.ticket.hex()),
            ]
        case Branch():
            nodes = [("Node", str(node)) for node in frame.nodes]
            return [("Count", str(len(frame.nodes))), *nodes]
        case Leave():
            return [("Node", str(frame.node))]


def frame_lines(frame: Frame) -> list[str]:
    """Header and payload of a data frame."""
    _length, _kind, session, stream, offset = HEADER.unpack_from(frame.encode())
    header = [("Session", str(session)), ("Stream", str(stream)), ("Offset", str(offset))]
    return _joined([*header, *_payload(frame)])


def _joined(lines: Iterable[Line]) -> list[str]:
    return [f"{name} = {value}" for name, value in lines]
