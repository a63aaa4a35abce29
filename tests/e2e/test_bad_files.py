# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are deleted, cut, replaced or overwritten while somebody listens to them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.errors import ErrorCode
from control.session_messages import Error
from data.frames import Attached, End, Fail
from tests.e2e.innocent import innocent_listener
from tests.e2e.raw_client import Listener
from tests.e2e.server_process import ServerProcess, running_server, until
from tests.e2e.songs import FRAME, song, write_songs

FRAMES = 20_000  # 8 MB: more than all buffers between server and client can hold


@pytest.fixture
def songs(folder: Path) -> list[bytes]:
    """Two long songs, of which the second is to be spoilt."""
    return write_songs(folder, count=2, frames=FRAMES)


@pytest.fixture
def server(folder: Path, songs: list[bytes]) -> Iterator[ServerProcess]:
    """A server of its own for each test."""
    with running_server(folder) as process:
        yield process


@pytest.fixture(autouse=True)
def innocent(server: ServerProcess, songs: list[bytes]) -> Iterator[Listener]:
    """Somebody listens to the first song; their bytes are compared at the end of the test."""
    with innocent_listener(server.address, 1, songs[0]) as listener:
        yield listener


@pytest.fixture
def listener(server: ServerProcess) -> Iterator[Listener]:
    """Somebody is in the middle of the second song."""
    with Listener(server.address) as someone:
        someone.play(2, window=100 * FRAME)
        someone.receive(100 * FRAME)
        yield someone


def test_a_deleted_file_is_played_to_its_end(
    folder: Path, songs: list[bytes], listener: Listener
) -> None:
    (folder / "2.mp3").unlink()
    assert listener.receive_all() == songs[1]
    until(lambda: listener.tracks().total == 1)
    answer = listener.try_play(2)
    assert isinstance(answer, Error)
    assert answer.code == ErrorCode.NO_SUCH_TRACK


def test_a_replaced_file_is_played_to_its_end(
    folder: Path, songs: list[bytes], listener: Listener
) -> None:
    (folder / "new").write_bytes(song(7, 100))
    (folder / "new").rename(folder / "2.mp3")
    assert listener.receive_all() == songs[1]
    # It is another recording now, under another id.
    until(lambda: [entry.track for entry in listener.tracks().tracks] == [1, 3])
    listener.play(3)
    assert listener.receive_all() == song(7, 100)


def test_a_file_that_is_cut_short_fails_where_it_was_cut(
    server: ServerProcess, folder: Path, songs: list[bytes], listener: Listener
) -> None:
    os.truncate(folder / "2.mp3", 120 * FRAME)
    assert listener.receive_all() == songs[1][: 100 * FRAME]
    assert isinstance(listener.outcome, Fail)
    assert listener.outcome.code == ErrorCode.CHANGED
    assert listener.outcome.offset == 100 * FRAME
    listener.play(1)  # the session goes on
    assert listener.receive_all() == songs[0]


def test_a_file_that_is_overwritten_fails_where_that_is_noticed(
    folder: Path, songs: list[bytes], listener: Listener
) -> None:
    with (folder / "2.mp3").open("r+b") as file:
        file.write(song(8, 500))
    assert listener.receive_all() == songs[1][: 100 * FRAME]
    assert isinstance(listener.outcome, Fail)
    assert listener.outcome.code == ErrorCode.CHANGED


def test_a_file_cut_under_what_waits_to_be_sent_ends_the_data_connection_alone(
    server: ServerProcess, folder: Path, songs: list[bytes], listener: Listener
) -> None:
    # All credit and no reading: slices of the mapping wait for room in the kernel, and then the
    # pages behind them are gone. A frame that has begun cannot be completed.
    stream = listener.play(2)
    listener.credit(listener.total)
    assert listener.data is not None
    until(lambda: waiting(listener) > 100_000)
    os.truncate(folder / "2.mp3", 0)
    with pytest.raises(ConnectionError):
        listener.receive_all()
    received = bytes(listener.received)
    assert received == songs[1][: len(received)]
    server.says("listened to it")
    assert isinstance(listener.reopen(), Attached)
    answer = listener.try_play(2, start=len(received), digest=stream.digest)
    assert isinstance(answer, Error)
    assert answer.code in {ErrorCode.CHANGED, ErrorCode.NO_SUCH_TRACK}
    listener.play(1)
    assert listener.receive_all() == songs[0]


def waiting(listener: Listener) -> int:
    """Bytes that have come and were not read."""
    assert listener.data is not None
    return len(listener.data.recv(1_000_000, 2))  # MSG_PEEK


def test_a_file_that_cannot_be_read_is_refused(
    server: ServerProcess, folder: Path, songs: list[bytes], listener: Listener
) -> None:
    # Also root gets an error for a folder where a file was.
    (folder / "2.mp3").unlink()
    (folder / "2.mp3").mkdir()
    answer = listener.try_play(2)
    assert isinstance(answer, Error)
    assert answer.code in {ErrorCode.CHANGED, ErrorCode.NO_SUCH_TRACK}
    listener.stream -= 1
    listener.credit(200 * FRAME)
    assert listener.receive(200 * FRAME) == songs[1][: 200 * FRAME]


def test_new_files_appear_and_play(
    server: ServerProcess, folder: Path, songs: list[bytes], listener: Listener
) -> None:
    (folder / "deeper").mkdir()
    (folder / "deeper" / "Third.MP3").write_bytes(song(9, 50))
    until(lambda: listener.tracks().total == 3)
    listener.play(3)
    assert listener.receive_all() == song(9, 50)
    assert isinstance(listener.outcome, End)
