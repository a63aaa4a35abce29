# SPDX-License-Identifier: GPL-3.0-or-later
"""How a data connection ends: stalls, vanished peers, changed files, and with its session."""

import logging
import os

import pytest

from server.channel import clock
from server.sessions import Session
from server.streams import Streams
from server.transport import Transport
from tests.e2e.songs import FRAME, song
from tests.server.data_link.line import LONG, ONE, Line
from tests.server.fakes import Desk
from tests.server.library.files import until
from tests.server.wires import GOING, go, read_all


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


def test_a_word_in_the_middle_of_a_frame_leaves_no_room_for_fail(line: Line) -> None:
    line.play(3)
    until(lambda: line.link.deadline() is not None)
    begun = line.link._unsent.begun  # pyright: ignore[reportPrivateUsage]
    line.client.send(bytes(20))
    until(lambda: line.session.data is None)
    frames = bytearray(read_all(line.client))
    while len(frames) >= 20 and len(frames) >= 20 + int.from_bytes(frames[:2], "big"):
        kind = int.from_bytes(frames[2:4], "big")
        assert kind == 3 or begun == 0
        del frames[: 20 + int.from_bytes(frames[:2], "big")]


@pytest.mark.parametrize("how", GOING)
def test_a_client_that_vanishes(line: Line, how: str) -> None:
    line.play(3)
    until(lambda: line.link.deadline() is not None)
    go(line.client, how)
    until(lambda: line.session.data is None)
    assert not line.session.sender.sending
    assert not line.session.ended
    assert len(line.desk.tracks.files) == 0


def test_the_end_of_the_session_is_the_end_of_the_connection(line: Line) -> None:
    line.desk.service.end(line.session)
    assert read_all(line.client) == b""
    assert len(line.desk.deadlines) == 0
