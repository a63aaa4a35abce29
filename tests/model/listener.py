# SPDX-License-Identifier: GPL-3.0-or-later
# pyright: reportPrivateUsage=false
"""A listener's real client, with an ear that knows what it must hear."""

import random
from dataclasses import dataclass, field

from client import player_events
from client.conversation import Conversation
from client.effects import (
    Close,
    Connect,
    Effect,
    Feed,
    FinishBuffer,
    Line,
    Load,
    OpenGate,
    Send,
    Silence,
    Tell,
)
from client.plays import MOST_ASKED
from client.reports import Accepted, Disconnected, Finished, Refused, Report, SongFailed
from client.requests import EngineRequest
from client.settings import Bounds, Settings
from control.connection import UNANSWERED_KEPT
from control.framing import Deframer
from control.session_messages import Error
from tests.model.house import AUDIO, House
from tests.model.wires import Wire

# A buffer that is smaller than a song, so that there is something to grant.
BOUNDS = Bounds(read_ahead=1.0, top_up=0.25, max_buffer=6000)
SETTINGS = Settings("radio.example", 8080, agent="model/1", start=0.2, bounds=BOUNDS)


@dataclass(slots=True)
class Ear:
    """What is heard of one song, and what should be."""

    song: int  # its first stream
    track: int = 0
    begin: int = 0  # audio offset
    fed: bytearray = field(default_factory=bytearray)
    consumed: int = 0
    is_open: bool = False
    is_whole: bool = False


class Listener:
    """One client, its connections, and the song that it hears."""

    def __init__(self, house: House, tracks: tuple[int, ...], seed: int) -> None:
        self.house = house
        self.tracks = tracks
        self.wires: dict[Line, Wire] = {}
        self.dialling: dict[Line, int | None] = {}
        self.ear: Ear | None = None
        self.open_tags: set[int] = set()
        self.newest_tag = 0  # that was accepted
        self.tag = 0
        self.finished = 0
        self.left = False
        self._said = Deframer()
        chance = random.Random(seed)
        self.client = Conversation(SETTINGS, rule=SETTINGS.start_rule, chance=chance.random)
        self._take(self.client.start())

    def ask(self, request: EngineRequest, now: float) -> None:
        """The listener asks for something."""
        self._took()
        self._take(self.client.request(request, asked_at=now, now=now))

    def next_tag(self) -> int:
        """A tag whose answer is waited for."""
        self.tag += 1
        self.open_tags.add(self.tag)
        return self.tag

    def dial(self, now: float) -> bool:
        """What is being opened opens, or is refused; whether there was anything."""
        if not self.dialling:
            return False
        line, port = self.dialling.popitem()
        self._took()
        talk = self.client
        wire = Wire(is_control=line is Line.CONTROL)
        if self.house.accept(wire, port):
            self.wires[line] = wire
            if line is Line.CONTROL:
                self._said = Deframer()
            if line is Line.CONTROL:
                self._take(talk.control_connected(is_private=True, now=now))
            else:
                self._take(talk.data_connected(now=now))
        else:
            self._fails(line, now)
        return True

    def fail_to_dial(self, line: Line, now: float) -> None:
        """The network does not let it through."""
        if line in self.dialling and not (line is Line.CONTROL and not self.tag):
            del self.dialling[line]
            self._took()
            self._fails(line, now)

    def deliver(self, line: Line, size: int, now: float) -> bool:
        """Bytes, or the end, arrive from the server; whether any did."""
        wire = self.wires.get(line)
        data = None if wire is None else wire.down.arrive(size)
        if data is None:
            return False
        if not data and wire is not None:
            wire.up.cut()
            del self.wires[line]
        self._took()
        talk = self.client
        received = talk.control_received if line is Line.CONTROL else talk.data_received
        self._take(received(data, now=now))
        return True

    def tick(self, now: float) -> None:
        """Time has passed."""
        self._took()
        for _ in range(100):
            deadline = self.client.deadline()
            if deadline is None or deadline > now:
                return
            self._take(self.client.tick(now=now))
        raise AssertionError("the client never stops ticking")

    def play_on(self, size: int, now: float) -> bool:
        """The decoder takes some more; whether there was any."""
        ear = self.ear
        if ear is None or not ear.is_open:
            return False
        before = ear.consumed
        ear.consumed = min(len(ear.fed), ear.consumed + size)
        self._took()
        if ear.consumed == len(ear.fed):
            if ear.is_whole:
                self.ear = None
                self._take(self.client.player_event(player_events.Finished(ear.song), now=now))
            else:
                ear.is_open = False
                self._take(self.client.ran_dry(ear.song, now=now))
        return ear.consumed > before or self.ear is None

    def check(self) -> None:
        """What the client holds is bounded."""
        talk = self.client
        streams = talk._choice.playback._receiver._streams
        assert len(streams) <= MOST_ASKED + 2
        for stream in streams.values():
            assert stream.kept_bytes <= stream.window
        connection = talk._control._connection
        assert len(connection._silent) <= UNANSWERED_KEPT

    def _took(self) -> None:
        if self.ear is not None:
            self.client.took(self.ear.song, self.ear.consumed)

    def _fails(self, line: Line, now: float) -> None:
        talk = self.client
        failed = talk.control_failed if line is Line.CONTROL else talk.data_failed
        self._take(failed("Nobody there.", now=now))

    def _take(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Connect(line, port):
                    assert line not in self.wires, "the one before was not closed"
                    self.dialling[line] = port
                case Send(line, data):
                    self._send(line, data)
                case Close(line):
                    self.dialling.pop(line, None)
                    if (wire := self.wires.pop(line, None)) is not None:
                        wire.up.cut()
                        wire.down.cut(1 << 30)
                case Load(song):
                    assert self.ear is None or song > self.ear.song, "an older song"
                    self.ear = Ear(song)
                case Feed(audio):
                    self._hear(audio)
                case OpenGate() if self.ear is not None:
                    self.ear.is_open = True
                case FinishBuffer():
                    self._whole()
                case Silence():
                    self.ear = None
                case Tell(report):
                    self._told(report)
                case _:
                    pass

    def _send(self, line: Line, data: bytes) -> None:
        if line is Line.CONTROL:
            for _, message in self._said.feed(data):
                assert not isinstance(message, Error), message
        if (wire := self.wires.get(line)) is not None:
            wire.up.send(data)

    def _hear(self, audio: bytes) -> None:
        assert self.ear is not None, "sound after silence"
        at = self.ear.begin + len(self.ear.fed)
        self.ear.fed += audio
        assert AUDIO[self.ear.track].startswith(audio, at), "not the bytes of this song"

    def _whole(self) -> None:
        assert self.ear is not None
        self.ear.is_open = self.ear.is_whole = True
        end = self.ear.begin + len(self.ear.fed)
        assert end == len(AUDIO[self.ear.track]), "the end before the end"

    def _told(self, report: Report) -> None:
        match report:
            case Accepted(tag, song, line, start_ms):
                assert self.ear is not None
                assert self.ear.song == song
                assert tag > self.newest_tag, "an older wish"
                assert line.track in self.tracks
                self.newest_tag = tag
                self.open_tags.discard(tag)
                index = self.house.music.tracks.index(line.track)
                frame = index.frame_to_decode_from(index.frame_at_time(start_ms * 1000))
                self.ear.track, self.ear.begin = line.track, index.offset_of_frame(frame)
            case Refused(tag):
                self.open_tags.discard(tag)
            case Finished(intact=intact):
                assert intact is not False
                self.finished += 1
            case SongFailed():
                raise AssertionError(report)
            case Disconnected(reason, error):
                assert not error, reason
                self.left = True
            case _:
                pass
