# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the queue of files, with a reader that waits to be told."""

import logging
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from gevent.event import Event
from gevent.queue import Queue

from server.library.outcome import Missing, Outcome, Refused
from server.library.reading import Reading
from server.library.worker import KillerFileError, NoWorkerError, Worker
from tests.server.library.files import until


class ToldWorker(Worker):
    """Says what the test puts into `answers`, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, bool]] = []
        self.answers: Queue[Outcome | Exception] = Queue()
        self.stopped = Event()

    @property
    def pid(self) -> int | None:
        return 1 if self.asked and not self.stopped.is_set() else None

    def index(self, path: str, *, settled: bool = False, root: str | None = None) -> Outcome:
        self.asked.append((Path(path).name, settled))
        answer = self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def stop(self) -> None:
        self.stopped.set()


class Scene:
    """A queue on a folder, and what it has come to."""

    def __init__(self, root: Path) -> None:
        self.worker = ToldWorker()
        self.taken: list[tuple[str, Outcome]] = []
        self.rests: list[int] = []
        self.checkpoints: list[int] = []
        self.reading = Reading(
            str(root),
            self.worker,
            take=lambda path, outcome: self.taken.append((path, outcome)),
            rest=lambda: self.rests.append(len(self.taken)),
            checkpoint=lambda: self.checkpoints.append(len(self.taken)),
            idle=0.01,
            pause=0.01,
        )
        self.reading.start()

    def answer(self, answer: Outcome | Exception) -> None:
        """Has the file at the reader come to this, and waits until that was taken."""
        asked = len(self.worker.asked)
        self.worker.answers.put(answer)
        until(lambda: len(self.worker.asked) > asked or not len(self.reading))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.reading.stop()


def begin(scene: Scene, *paths: str) -> None:
    """Queues files and waits until the first is at the reader."""
    for path in paths:
        scene.reading.add(path)
    until(lambda: scene.worker.asked)


def test_one_after_another_without_doubles(scene: Scene) -> None:
    begin(scene, "a", "b", "c", "b")
    scene.reading.add("d", settled=True)
    scene.reading.add_first("c")
    assert len(scene.reading) == 4
    for _ in range(4):
        scene.answer(Missing())
    assert scene.worker.asked == [("a", False), ("c", False), ("b", False), ("d", True)]
    assert [path for path, _ in scene.taken] == ["a", "c", "b", "d"]
    until(lambda: scene.rests[-1:] == [4])
    assert scene.checkpoints == [4]


def test_what_is_dropped_while_it_is_read_is_not_taken(scene: Scene) -> None:
    begin(scene, "a", "b", "c")
    scene.reading.drop("a")
    scene.reading.drop("b")
    scene.answer(Missing())
    scene.answer(Missing())
    assert [path for path, _ in scene.taken] == ["c"]


def test_and_is_read_again_if_it_is_wanted_again(scene: Scene) -> None:
    begin(scene, "a")
    scene.reading.drop("a")
    scene.reading.add("a")
    scene.answer(Refused("half of it", 1, 1))
    scene.answer(Missing())
    assert scene.taken == [("a", Missing())]


def test_a_folder_is_dropped_with_all_below_it(scene: Scene) -> None:
    begin(scene, "x/a", "x/b", "xx/c")
    scene.reading.drop_below("x")
    scene.answer(Missing())
    scene.answer(Missing())
    assert [path for path, _ in scene.taken] == ["xx/c"]


def test_a_killer_is_refused_as_it_is_now(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    stamp = (5, (tmp_path / "a").stat().st_mtime_ns)
    begin(scene, "a", "gone")
    scene.answer(KillerFileError("it died"))
    scene.answer(KillerFileError("it died"))
    assert scene.taken == [("a", Refused("it died", *stamp)), ("gone", Missing())]


def test_without_a_process_the_file_waits(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    begin(scene, "a", "b")
    with caplog.at_level(logging.WARNING):
        scene.answer(NoWorkerError("Cannot allocate memory"))
    assert 'reason="Cannot allocate memory"' in caplog.text
    assert scene.taken == []
    scene.answer(Missing())
    scene.answer(Missing())
    assert [path for path, _ in scene.taken] == ["a", "b"]


def test_the_process_is_let_go_when_there_is_nothing_to_read(scene: Scene) -> None:
    begin(scene, "a")
    scene.answer(Missing())
    with gevent.Timeout(30):
        scene.worker.stopped.wait()
