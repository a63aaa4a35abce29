# SPDX-License-Identifier: GPL-3.0-or-later
"""The conversation of RFC.md's vectors, spoken by both sides of the code."""

from hashlib import sha256

from common.errors import ErrorCode
from control.events import Answer, Closed, Event, Request
from control.framing import Deframer, encode
from control.message import Message
from control.music_messages import Credit, List, Play, Stop, Stream, Tracks
from control.roles import ClientConnection, ServerConnection
from control.session_messages import Bye, Error, Goodbye, Hello, Ping, Pong, Welcome
from data.connection import ClientDataConnection, ServerDataConnection
from data.frames import Attached, Data, End
from data.frames import Deframer as FrameDeframer
from data.receiver import Audio, Complete, Receiver
from data.receiver import Event as StreamEvent
from tests.data.frames import index_of
from tests.rfc.document import Vector, conversations

TICKET = bytes.fromhex("c0ffee00112233445566778899aabbcc")


class Session:
    """Both ends of one session, which must say exactly what the vector says."""

    def __init__(self) -> None:
        self.client = ClientConnection()
        self.server = ServerConnection(now=0)
        self.client_data = ClientDataConnection(7, TICKET)
        self.server_data = ServerDataConnection()
        self.receiver = Receiver()
        self.heard: list[Event] = []
        self.streams: list[StreamEvent] = []

    def control_from_client(self, number: int, message: Message, octets: bytes) -> None:
        match message:
            case Hello():
                self.client.hello(message, now=0)
            case List() | Credit() | Stop():
                assert self.client.request(message) == number
            case Play():
                assert self.client.request(message) == number
                self.receiver.ask(message.stream, window=message.window)
            case Ping():
                self.client.tick(now=20)
            case Bye():
                self.client.bye(code=message.code, text=message.text, now=0)
            case _:
                raise AssertionError(message)
        if isinstance(message, Credit):
            self.receiver.grant(message.stream, message.limit)
        if isinstance(message, Stop):
            self.receiver.stop()
        assert self.client.data_to_send() == octets
        events = self.server.receive_data(octets, now=0)
        if isinstance(message, Bye):
            assert isinstance(events[0], Closed)
        elif not isinstance(message, Ping):
            assert events == [Request(number, message)]

    def control_from_server(self, number: int, message: Message, octets: bytes) -> None:
        match message:
            case Welcome():
                self.server.welcome(number, message, now=0)
            case Tracks() | Stream():
                self.server.answer(number, message)
            case Error():
                self.server.refuse(number, ErrorCode(message.code), message.text)
            case Pong() | Goodbye():
                pass  # said by themselves
            case _:
                raise AssertionError(message)
        assert self.server.data_to_send() == octets
        events = self.client.receive_data(octets, now=0)
        if isinstance(message, Error | Stream):
            (play,) = [event.request for event in events if isinstance(event, Answer)]
            assert isinstance(play, Play)
            if isinstance(message, Error):
                self.receiver.refused(play.stream)
        if isinstance(message, Stream):
            self.streams += self.receiver.accept(
                message.stream, offset=message.offset, total=message.total, digest=message.digest
            )
        self.heard += events

    def data_from_client(self, octets: bytes) -> None:
        assert self.client_data.data_to_send() == octets
        (attach,) = self.server_data.receive_data(octets)
        assert attach == next(iter(FrameDeframer().feed(octets)))

    def data_from_server(self, octets: bytes) -> None:
        for frame in self.client_data.receive_data(octets):
            if isinstance(frame, Data | End):
                assert frame.encode() == octets
                self.streams += self.receiver.receive(frame)
            else:
                assert frame == Attached(7)

    def take(self, step: Vector) -> None:
        """Let one side say it and the other hear it."""
        channel, sender = step.words[0], step.words[2]
        if channel == "data":
            {"client": self.data_from_client, "server": self.data_from_server}[sender](step.octets)
            return
        ((number, message),) = Deframer().feed(step.octets)
        assert (message.TYPE.name, str(number)) == step.words[3:]
        assert encode(number, message) == step.octets
        say = {"client": self.control_from_client, "server": self.control_from_server}[sender]
        say(number, message, step.octets)


def test_it_is_found() -> None:
    assert list(conversations()) == ["of a session with one song"]


def test_both_sides_say_and_hear_it() -> None:
    (steps,) = conversations().values()
    assert len(steps) >= 18
    session = Session()
    for step in steps:
        session.take(step)
    assert session.client.closed
    assert session.server.closed
    audio = b"".join(event.data for event in session.streams if isinstance(event, Audio))
    assert session.streams[-1] == Complete(2, intact=True)
    (stream,) = [
        event.message
        for event in session.heard
        if isinstance(event, Answer) and isinstance(event.message, Stream)
    ]
    assert (len(audio), sha256(audio).digest()) == (stream.total, stream.digest)
    # What STREAM says of the two frames is what the index says of them.
    index = index_of(audio)
    assert (index.total, index.digest) == (stream.total, stream.digest)
    assert (index.duration_ms, index.sample_rate, index.channels) == (
        stream.duration,
        stream.sample_rate,
        stream.channels,
    )
    assert index.time_map(1024) == (stream.map_interval, stream.map)
