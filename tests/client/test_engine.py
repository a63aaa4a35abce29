# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine with a real server process on loopback, a real decoder, and a sink that collects."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import TypeVar

import pytest

from client.engine import Engine
from client.reports import (
    Accepted,
    Activity,
    Connected,
    Disconnected,
    Done,
    Finished,
    LinkBack,
    LinkLost,
    Listed,
    Refused,
    Report,
    Started,
)
from client.requests import ListTracks, Pause, PlayTrack, Quit, Seek, StopSong, Unpause
from client.sentences import NOTHING_PLAYS
from client.settings import Bounds, Settings
from client.sinks.null import NullSink
from client.sinks.sink import UNLIMITED
from tests.client.audio import decode
from tests.e2e.server_process import ServerProcess, running_server
from tests.e2e.songs import write_songs

PATIENCE = 30.0  # seconds; a net under a hang
SONGS = 2
FRAMES = 1200  # 31 seconds of sound, 500 kB

Kind = TypeVar("Kind", bound=Report)


class Collector(NullSink):
    """A sink that takes everything at once, but nothing while `valve` is closed."""

    keeps_time = False

    def __init__(self) -> None:
        super().__init__()
        self.heard = bytearray()
        self.valve = threading.Event()
        self.valve.set()

    def room(self) -> int:
        return UNLIMITED if self.valve.is_set() and self._held is None else 0

    def write(self, pcm: bytes) -> None:
        self.heard += pcm

    def drop(self) -> None:
        super().drop()
        self.heard.clear()

    def drain(self) -> None:
        """It was all heard."""

    def delay(self) -> float:
        return 0.0


class Listener:
    """An engine and what it has reported."""

    def __init__(self, port: int, host: str = "127.0.0.1", bounds: Bounds | None = None) -> None:
        self.reports: Queue[Report] = Queue()
        self.sink = Collector()
        settings = Settings(host, port, bounds=bounds or Bounds())
        self.seen: list[tuple[int, int | None]] = []  # track accepted, track shown just then
        self.engine = Engine(settings, self.sink, self._told, chance=lambda: 0.5)

    def _told(self, report: Report) -> None:
        if isinstance(report, Accepted):
            shown = self.engine.status().track
            self.seen.append((report.track.track, None if shown is None else shown.track))
        self.reports.put(report)

    def until(self, kind: type[Kind], where: Callable[[Kind], bool] = lambda _: True) -> Kind:
        """The next report of one kind; earlier ones are dropped."""
        while True:
            report = self.reports.get(timeout=PATIENCE)
            if isinstance(report, kind) and where(report):
                return report


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes]]:
    folder = tmp_path_factory.mktemp("songs")
    return folder, write_songs(folder, count=SONGS, frames=FRAMES)


@pytest.fixture(scope="module")
def server(songs: tuple[Path, list[bytes]]) -> Iterator[ServerProcess]:
    with running_server(songs[0]) as process:
        yield process


@pytest.fixture
def listener(server: ServerProcess) -> Iterator[Listener]:
    made = Listener(server.port)
    made.engine.start()
    yield made
    made.engine.close(PATIENCE)


def test_who_is_told_of_a_song_finds_it_in_the_status(listener: Listener) -> None:
    for tag, track in enumerate((1, 2, 1), 1):
        listener.engine.submit(PlayTrack(tag, track))
        listener.until(Accepted)
    assert listener.seen == [(1, 1), (2, 2), (1, 1)]


def test_a_song_is_heard_to_its_last_sample(
    listener: Listener, songs: tuple[Path, list[bytes]]
) -> None:
    listener.engine.submit(PlayTrack(1, 1))
    assert listener.until(Started).latency_ms > 0
    assert listener.until(Finished) == Finished(1, intact=True)
    assert bytes(listener.sink.heard) == decode(songs[1][0]).tobytes()
    assert listener.engine.status().activity is Activity.STOPPED


def test_what_is_asked_before_the_start_is_done(server: ServerProcess) -> None:
    listener = Listener(server.port)
    listener.engine.submit(ListTracks(7))
    assert listener.engine.status().activity is Activity.CONNECTING
    listener.engine.start()
    assert isinstance(listener.reports.get(timeout=PATIENCE), Connected)
    listed = listener.until(Listed)
    assert (listed.tag, [line.track for line in listed.tracks]) == (7, [1, 2])
    listener.engine.close(PATIENCE)


def test_switches_pauses_seeks_and_stops(
    listener: Listener, songs: tuple[Path, list[bytes]]
) -> None:
    for tag in range(20):
        listener.engine.submit(PlayTrack(tag, 1 + tag % SONGS))
        stream = listener.until(Accepted).stream
    listener.sink.valve.clear()
    listener.engine.submit(PlayTrack(20, 1))
    stream = listener.until(Accepted).stream
    listener.engine.submit(Pause(21))
    listener.until(Done)
    assert listener.engine.status().activity is Activity.PAUSED
    listener.engine.submit(Seek(22, 30_000))
    assert listener.until(Accepted).stream == stream + 1
    assert listener.engine.status().activity is Activity.PAUSED
    assert listener.engine.status().position == 30.0
    listener.sink.valve.set()
    listener.engine.submit(Unpause(23))
    listener.until(Finished)
    whole = decode(songs[1][0]).tobytes()
    assert len(listener.sink.heard) == len(whole) - 30 * 44100 * 4
    assert bytes(listener.sink.heard) == whole[30 * 44100 * 4 :]
    listener.engine.submit(StopSong(24))
    assert listener.until(Refused).reason == NOTHING_PLAYS


def test_a_server_that_is_killed_and_comes_back(songs: tuple[Path, list[bytes]]) -> None:
    with running_server(songs[0]) as first:
        # So little is read ahead that most of the song is not there when the server dies.
        listener = Listener(first.port, bounds=Bounds(read_ahead=4.0, top_up=1.0))
        listener.sink.valve.clear()
        listener.engine.start()
        listener.engine.submit(PlayTrack(1, 2))
        listener.until(Accepted)
        first.kill()
        listener.until(LinkLost)
        second = ServerProcess(songs[0], "--state", "none", port=first.port)
        try:
            listener.until(LinkBack)
            listener.sink.valve.set()
            assert listener.until(Finished) == Finished(1, intact=True)
            assert bytes(listener.sink.heard) == decode(songs[1][1]).tobytes()
        finally:
            listener.engine.close(PATIENCE)
            second.kill()


def test_leaving_ends_every_thread(server: ServerProcess) -> None:
    before = threading.active_count()
    listener = Listener(server.port)
    listener.engine.start()
    listener.until(Connected)
    listener.engine.submit(Quit(1))
    assert listener.until(Disconnected) == Disconnected("", error=False)
    listener.engine.submit(ListTracks(2))
    listener.engine.close(PATIENCE)
    listener.engine.close(PATIENCE)
    assert threading.active_count() == before


def test_closed_without_a_start() -> None:
    listener = Listener(1)
    listener.engine.close(PATIENCE)
    assert listener.reports.empty()


def test_nobody_listens_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    listener = Listener(port)
    listener.engine.start()
    reason = (
        f"Cannot reach 127.0.0.1, port {port}: connection refused. "
        "Is an Antiphon server running there?"
    )
    assert listener.until(Disconnected) == Disconnected(reason, error=True)
    listener.engine.close(PATIENCE)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "127.0.0.1:{port} does not speak Antiphon."),
        (b"", "The server closed the connection."),
    ],
)
def test_another_server_listens_there(answer: bytes, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
        listener = Listener(port)
        listener.engine.start()
        peer, _ = listening.accept()
        with peer:
            peer.sendall(answer)
            peer.shutdown(socket.SHUT_WR)
            assert listener.until(Disconnected).reason == words.format(port=port)
        listener.engine.close(PATIENCE)


def test_a_defect_is_told_and_shown(server: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[type[BaseException]] = []

    def show(hook: threading.ExceptHookArgs) -> None:
        shown.append(hook.exc_type)

    monkeypatch.setattr(threading, "excepthook", show)
    listener = Listener(server.port)

    def broken(report: Report) -> None:
        listener.reports.put(report)
        if isinstance(report, Connected):
            raise ZeroDivisionError

    engine = Engine(Settings("127.0.0.1", server.port), listener.sink, broken)
    engine.start()
    assert "defect" in listener.until(Disconnected).reason
    engine.close(PATIENCE)
    assert shown == [ZeroDivisionError]
