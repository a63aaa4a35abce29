# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole songs, credit, switches in the middle, and peers that take little."""

import socket
from collections.abc import Sequence

import gevent
import pytest
from gevent import get_hub

from control.music_messages import Credit, Stop
from data.frames import Data, End, Fail
from server.channel import Buffer, Channel
from server.data_link import SLOWLY, UNSENT
from server.pump import BUDGET
from server.sessions import Session
from server.streams import OutFrame, Streams
from server.transport import Transport
from tests.server.data_link.line import LONG, ONE, TWO, Line
from tests.server.fakes import Desk
from tests.server.library.files import until


def test_little_waits_in_the_kernel(line: Line) -> None:
    assert line.server.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == UNSENT


def test_a_song_comes_whole(line: Line) -> None:
    audio, end = line.stream(line.play(1))
    assert audio == ONE
    assert isinstance(end, End)


def test_who_was_sent_sound_is_known(line: Line) -> None:
    line.play(1, window=0)
    line.link.turn(BUDGET)
    assert (line.session.has_sound, line.session.plays) == (False, 1)
    line.stream(line.play(1))
    assert (line.session.has_sound, line.session.plays) == (True, 2)


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
    begun = line.link._unsent.begun  # pyright: ignore[reportPrivateUsage]
    waiting = list(line.link._unsent.frames)  # pyright: ignore[reportPrivateUsage]
    assert len(waiting) == (1 if begun else 0)
    second = line.play(2)
    assert line.link._unsent.frames == waiting  # pyright: ignore[reportPrivateUsage]
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
