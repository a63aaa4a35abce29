# SPDX-License-Identifier: GPL-3.0-or-later
"""The data connection: ATTACH, whole songs, switches in the middle, stalls and cut files."""

import logging
import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import gevent
import pytest
from gevent import get_hub

from common.errors import ErrorCode
from control.music_messages import Credit, Play, StartKind, Stop
from control.session_messages import Hello
from data.frames import Attach, Attached, Data, Deframer, End, Fail
from server.channel import Buffer, Channel, clock
from server.config import Timers
from server.data_link import SLOWLY, UNSENT, DataLink
from server.pump import BUDGET, Pump
from server.sessions import Session
from server.streams import OutFrame, Streams
from server.transport import PLAIN, Transport
from tests.e2e.songs import FRAME, song
from tests.server.fakes import Desk, FakeControl, make_desk
from tests.server.library.files import until
from tests.server.tls_wires import TRANSPORTS, client_end
from tests.server.tls_wires import transport as make_transport
from tests.server.wires import read_all, read_some, reset, wire

ONE = song(1, 100)
TWO = song(2, 50)
LONG = song(3, 30_000)  # 12 MB: more than the kernel takes at once


class Line:
    """A data link, the client's end of it, and a session that it may attach to."""

    def __init__(self, desk: Desk, *, narrow: bool = False, transport: Transport = PLAIN) -> None:
        sock, client = wire(narrow=narrow)
        self.server = sock
        self.desk = desk
        self.gone: list[DataLink] = []
        self.session: Session
        self.session, _ = desk.service.greet(Hello(1, 1), FakeControl(), "a", now=clock())
        self.link = DataLink(
            sock,
            "peer",
            desk.service,
            desk.deadlines,
            Pump(),
            gone=self.gone.append,
            transport=transport,
        )
        self.link.begin()
        self.client = client_end(client, transport)

    def attach(self) -> None:
        """Show the ticket."""
        self.client.send(Attach(self.session.id, self.session.ticket).encode())
        assert read_some(self.client, 20) == Attached(self.session.id).encode()

    def play(self, track: int, window: int = 2**32 - 1) -> int:
        """Play from the beginning; the stream's number."""
        stream = self.session.sender.newest + 1
        self.desk.service.streams.play(
            self.session, Play(track, stream, StartKind.OFFSET, 0, window)
        )
        return stream

    def frame(self) -> Data | End | Fail:
        """The next frame."""
        header = read_some(self.client, 20)
        payload = read_some(self.client, int.from_bytes(header[:2], "big"))
        (frame,) = Deframer().feed(header + payload)
        assert isinstance(frame, Data | End | Fail)
        return frame

    def stream(self, number: int) -> tuple[bytes, End | Fail]:
        """Read on to the end of a stream, past all before it: its audio, and its end."""
        audio = bytearray()
        while True:
            frame = self.frame()
            if frame.stream != number:
                continue
            if not isinstance(frame, Data):
                return bytes(audio), frame
            assert frame.offset == len(audio)
            audio += frame.audio


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = make_desk(tmp_path, timers=Timers(idle_timeout=60_000))
    made.tracks.add(LONG)
    return made


@pytest.fixture(params=TRANSPORTS)
def over(request: pytest.FixtureRequest, tmp_path: Path) -> Transport:
    """TCP, or TLS."""
    return make_transport(request.param, tmp_path / "papers")


@pytest.fixture
def line(desk: Desk, over: Transport) -> Iterator[Line]:
    """Attached."""
    made = Line(desk, transport=over)
    made.attach()
    yield made
    made.client.close()
    made.link.drop()


def test_attaching_ends_the_waiting(line: Line) -> None:
    assert line.gone == [line.link]
    assert line.session.data is line.link
    assert line.link.deadline() is None


def test_little_waits_in_the_kernel(line: Line) -> None:
    assert line.server.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == UNSENT


def test_a_song_comes_whole(line: Line) -> None:
    audio, end = line.stream(line.play(1))
    assert audio == ONE
    assert isinstance(end, End)


def test_a_long_song_comes_whole_and_waits_for_the_reader(line: Line) -> None:
    stream = line.play(3)
    until(lambda: line.link.deadline() is not None)  # the kernel takes no more
    audio, _ = line.stream(stream)
    assert audio == LONG
    assert line.link.deadline() is None


def test_credit_bounds_and_wakes(line: Line) -> None:
    stream = line.play(1, window=417)
    frame = line.frame()
    assert isinstance(frame, Data)
    assert frame.audio == ONE[:417]
    gevent.sleep(0)
    with pytest.raises(BlockingIOError):
        line.client.recv(1)
    line.desk.service.streams.credit(line.session, Credit(stream, len(ONE)))
    received = bytearray(frame.audio)
    while isinstance(frame := line.frame(), Data):
        received += frame.audio
    assert received == ONE


def test_a_switch_completes_the_frame_that_has_begun_and_drops_the_others(
    desk: Desk, over: Transport
) -> None:
    line = Line(desk, narrow=True, transport=over)
    line.attach()
    first = line.play(3)
    until(lambda: line.link.deadline() is not None)
    begun = line.link._begun  # pyright: ignore[reportPrivateUsage]
    waiting = list(line.link._pending)  # pyright: ignore[reportPrivateUsage]
    assert len(waiting) == (1 if begun else 0)
    second = line.play(2)
    assert line.link._pending == waiting  # pyright: ignore[reportPrivateUsage]
    streams: list[int] = []
    audio = bytearray()
    while not isinstance(frame := line.frame(), End):
        assert isinstance(frame, Data)
        streams.append(frame.stream)
        if frame.stream == second:
            audio += frame.audio
    assert streams == sorted(streams)
    assert set(streams) == {first, second}
    assert audio == TWO
    line.client.close()
    line.link.drop()


@pytest.mark.parametrize("track", [1, 3])
def test_nothing_of_another_recording_follows_what_waited(desk: Desk, track: int) -> None:
    """Also of a song that has been named to its end: it is small, and waits with its END."""
    line = Line(desk, narrow=True)
    line.attach()
    content = {1: ONE, 3: LONG}[track]
    line.play(track)
    until(lambda: line.link.deadline() is not None)
    path = desk.tracks.folder / f"{track}.mp3"
    with path.open("r+b") as file:
        file.write(song(5, len(content) // FRAME))
    os.utime(path, ns=(0, 0))  # however coarse the clock of the disk is
    received = read_all(line.client)
    assert line.session.data is None
    assert not line.session.ended
    audio = b""
    while received:
        size = int.from_bytes(received[:2], "big")
        audio += received[20 : 20 + size]
        received = received[20 + size :]
    assert len(audio) > 0
    assert content.startswith(audio)
    line.client.close()


def test_the_first_sound_goes_with_attached(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    send = Channel.send

    def counted(channel: Channel, buffers: Sequence[Buffer]) -> int:
        sent.append(send(channel, buffers))
        return sent[-1]

    monkeypatch.setattr(Channel, "send", counted)
    line = Line(desk)
    line.play(1, window=10_000)
    line.attach()
    assert isinstance(line.frame(), Data)
    assert len(sent) == 1
    line.client.close()
    line.link.drop()


def test_a_switch_leaves_attached_that_has_not_gone_yet(desk: Desk) -> None:
    line = Line(desk)
    line.play(1, window=10_000)
    line.client.send(Attach(line.session.id, line.session.ticket).encode())
    line.link.begin()
    assert line.session.data is line.link
    line.play(2, window=10_000)
    assert read_some(line.client, 20) == Attached(line.session.id).encode()
    frame = line.frame()
    assert isinstance(frame, Data)
    assert frame.stream == 2
    line.client.close()
    line.link.drop()


@pytest.mark.parametrize(("takes", "waits"), [(0, True), (19, True), (100_000, False)])
def test_a_kernel_that_takes_less(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, takes: int, *, waits: bool
) -> None:
    waiting: list[bool] = []
    send = Channel.send

    def short(channel: Channel, buffers: Sequence[Buffer]) -> int:
        monkeypatch.setattr(Channel, "send", send)  # the next takes what it can
        sent = send(channel, [b"".join(buffers)[:takes]]) if takes else 0
        get_hub().loop.run_callback(lambda: waiting.append(made.link.deadline() is not None))
        return sent

    made = Line(desk)
    stream = made.play(3)
    monkeypatch.setattr(Channel, "send", short)
    made.attach()
    audio, _ = made.stream(stream)
    assert audio == LONG
    assert waiting == [waits]
    made.client.close()
    made.link.drop()


@pytest.mark.parametrize("narrow", [False, True])
def test_a_peer_that_takes_little_gets_small_turns(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, narrow: bool
) -> None:
    budgets: list[int] = []
    next_frames = Streams.next_frames

    def noted(streams: Streams, session: Session, budget: int) -> list[OutFrame]:
        budgets.append(budget)
        return next_frames(streams, session, budget)

    monkeypatch.setattr(Streams, "next_frames", noted)
    line = Line(desk, narrow=narrow)
    line.attach()
    audio, _ = line.stream(line.play(3 if narrow else 1))
    assert audio == (LONG if narrow else ONE)
    assert budgets[0] == BUDGET
    assert (SLOWLY in budgets) is narrow
    line.client.close()
    line.link.drop()


def test_stop_drops_what_waits_and_sends_no_end(line: Line) -> None:
    stream = line.play(3)
    until(lambda: line.link.deadline() is not None)
    line.desk.service.streams.stop(line.session, Stop(stream))
    other = line.play(2)
    frames: list[Data | End | Fail] = []
    while not isinstance(frame := line.frame(), End):
        frames.append(frame)
    assert frame.stream == other
    assert len(line.desk.tracks.files) == 0


def test_a_stop_for_an_older_stream_costs_the_newest_nothing(line: Line) -> None:
    old = line.play(2)
    stream = line.play(3)
    until(lambda: line.link.deadline() is not None)
    line.desk.service.streams.stop(line.session, Stop(old))
    audio, end = line.stream(stream)
    assert audio == LONG
    assert isinstance(end, End)


def test_who_does_not_read_loses_the_connection_and_not_the_session(
    desk: Desk, over: Transport
) -> None:
    line = Line(desk, narrow=True, transport=over)
    line.attach()
    line.play(3)
    until(lambda: line.link.deadline() is not None)
    line.desk.deadlines.run(now=clock() + 59)
    assert line.link.deadline() is not None
    line.desk.deadlines.run(now=clock() + 61)
    assert line.session.data is None
    assert not line.session.ended
    assert len(desk.tracks.files) == 0
    line.client.close()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (Attach(1, bytes(16)).encode(), ErrorCode.BAD_TICKET),
        (Attach(99, bytes(16)).encode(), ErrorCode.BAD_TICKET),
        (b"GET / HTTP/1.1\r\n\r\n\r\n", ErrorCode.TOO_LARGE),
        (bytes(20), ErrorCode.UNKNOWN_TYPE),
    ],
)
def test_a_wrong_attach_is_refused(
    desk: Desk, over: Transport, sent: bytes, code: ErrorCode
) -> None:
    line = Line(desk, transport=over)
    line.client.send(sent)
    (fail,) = Deframer().feed(read_all(line.client))
    assert isinstance(fail, Fail)
    assert (fail.stream, fail.code) == (0, code)
    assert line.gone == [line.link]
    assert not line.session.ended
    line.client.close()


def test_no_attach_at_all(desk: Desk) -> None:
    line = Line(desk)
    line.desk.deadlines.run(now=clock() + 16)
    (fail,) = Deframer().feed(read_all(line.client))
    assert isinstance(fail, Fail)
    assert fail.code == ErrorCode.TIMEOUT
    assert line.gone == [line.link]
    line.client.close()


def test_the_time_to_attach_is_the_time_for_the_handshake_too(desk: Desk, tmp_path: Path) -> None:
    line = Line(desk, transport=make_transport("tls", tmp_path / "papers"))
    plain = socket.socket(fileno=line.client.detach())
    line.desk.deadlines.run(now=clock() + 16)
    assert line.gone == [line.link]
    assert line.link._channel.closed  # pyright: ignore[reportPrivateUsage]
    plain.close()


def test_who_is_turned_away_is_told_why_and_gone_at_once(desk: Desk) -> None:
    line = Line(desk)
    line.link.turn_away("no room")
    assert line.link._channel.closed  # pyright: ignore[reportPrivateUsage]
    (fail,) = Deframer().feed(read_all(line.client))
    assert isinstance(fail, Fail)
    assert (fail.code, fail.text) == (ErrorCode.BUSY, "no room")
    assert line.gone == [line.link]
    line.client.close()


def test_a_word_behind_attach(line: Line) -> None:
    line.client.send(bytes(20))
    (fail,) = Deframer().feed(read_all(line.client))
    assert isinstance(fail, Fail)
    assert fail.session == line.session.id
    assert line.session.data is None


def test_a_word_in_the_middle_of_a_frame_leaves_no_room_for_fail(line: Line) -> None:
    line.play(3)
    until(lambda: line.link.deadline() is not None)
    begun = line.link._begun  # pyright: ignore[reportPrivateUsage]
    line.client.send(bytes(20))
    until(lambda: line.session.data is None)
    frames = bytearray(read_all(line.client))
    while len(frames) >= 20 and len(frames) >= 20 + int.from_bytes(frames[:2], "big"):
        kind = int.from_bytes(frames[2:4], "big")
        assert kind == 3 or begun == 0
        del frames[: 20 + int.from_bytes(frames[:2], "big")]


@pytest.mark.parametrize("how", ["close", "reset", "half"])
def test_a_client_that_vanishes(line: Line, how: str) -> None:
    line.play(3)
    until(lambda: line.link.deadline() is not None)
    if how == "half":
        line.client.shutdown(socket.SHUT_WR)
    elif how == "reset":
        reset(line.client)
    else:
        line.client.close()
    until(lambda: line.session.data is None)
    assert not line.session.sender.sending
    assert not line.session.ended
    assert len(line.desk.tracks.files) == 0


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_file_cut_short_under_what_waits(
    line: Line,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_seen: bool,
) -> None:
    """Before the rest is sent, or, in the moment between, by the kernel."""
    line.play(3)
    until(lambda: line.link.deadline() is not None)
    os.truncate(line.desk.tracks.folder / "3.mp3", 0)
    if not is_seen:

        def unseen(_streams: Streams, _session: Session) -> bool:
            return False

        monkeypatch.setattr(Streams, "has_changed", unseen)
    caplog.set_level(logging.INFO)
    received = read_all(line.client)
    assert ("written to" if is_seen else "cut short") in caplog.text
    assert line.session.data is None
    assert not line.session.ended
    assert len(received) > 0


def test_a_second_connection_takes_the_place_of_the_first(line: Line) -> None:
    line.play(3)
    line.desk.service.reopen(line.session, now=clock())
    sock, client = wire()
    other = DataLink(
        sock, "peer", line.desk.service, line.desk.deadlines, Pump(), gone=line.gone.append
    )
    other.begin()
    client.send(Attach(line.session.id, line.session.ticket).encode())
    assert read_some(client, 20) == Attached(line.session.id).encode()
    assert line.session.data is other
    read_all(line.client)
    assert not line.session.sender.sending
    other.drop()
    client.close()


def test_the_end_of_the_session_is_the_end_of_the_connection(line: Line) -> None:
    line.desk.service.end(line.session)
    assert read_all(line.client) == b""
    assert len(line.desk.deadlines) == 0
