# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the indexer's process: that it answers, and that whatever kills it is survived."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from server.library.outcome import Indexed, Missing, Refused
from server.library.worker import COMMAND, KillerFileError, NoWorkerError, Worker
from tests.server.library.files import write

# An indexer that dies of a file named "killer", and of one named "once" the first time.
MORTAL = """
import os, pathlib, signal, sys
from server.library import indexer
read_file = indexer.read_file
def read(path, **options):
    if path.endswith("killer.mp3"):
        os.kill(os.getpid(), signal.SIGKILL)
    if path.endswith("once.mp3") and not os.path.exists(path + ".died"):
        pathlib.Path(path + ".died").touch()
        sys.exit(3)
    return read_file(path, **options)
indexer.read_file = read
indexer.main()
"""
SPEECHLESS = "import time; time.sleep(1000)"
SENSELESS = "import sys; sys.stdout.write('x' * 100000)"


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.stop()


def test_reads_one_file_after_another_with_one_process(worker: Worker, tmp_path: Path) -> None:
    good = str(write(tmp_path / "\udcff\n.mp3", 1))
    assert isinstance(worker.index(good), Indexed)
    pid: object = worker.pid
    assert worker.index(str(tmp_path / "none.mp3")) == Missing()
    (tmp_path / "bad.mp3").write_text("words")
    assert isinstance(worker.index(str(tmp_path / "bad.mp3")), Refused)
    assert isinstance(worker.index(good), Indexed)
    assert pid is not None
    assert worker.pid == pid


def test_the_hub_runs_on_meanwhile(worker: Worker, tmp_path: Path) -> None:
    path = str(write(tmp_path / "a.mp3", 1))
    ticks: list[int] = []

    def tick() -> None:
        while True:
            ticks.append(1)
            gevent.sleep(0.001)

    ticking = gevent.spawn(tick)
    worker.index(path)  # starting the process alone takes longer than a tick
    ticking.kill()
    assert len(ticks) > 1


def test_a_killed_process_is_started_anew(worker: Worker, tmp_path: Path) -> None:
    path = str(write(tmp_path / "a.mp3", 1))
    worker.index(path)
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert isinstance(worker.index(path), Indexed)
    assert worker.pid != pid


def test_low_priority(worker: Worker, tmp_path: Path) -> None:
    worker.index(str(write(tmp_path / "a.mp3", 1)))
    assert worker.pid is not None
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) > os.getpriority(os.PRIO_PROCESS, 0)


def test_a_file_that_kills_its_reader_twice_is_given_up(tmp_path: Path) -> None:
    worker = Worker((sys.executable, "-c", MORTAL))
    with pytest.raises(KillerFileError, match="the process that reads it died of signal 9"):
        worker.index(str(write(tmp_path / "killer.mp3", 1)))
    assert isinstance(worker.index(str(write(tmp_path / "once.mp3", 1))), Indexed)
    assert isinstance(worker.index(str(write(tmp_path / "a.mp3", 1))), Indexed)
    worker.stop()


def test_a_process_that_answers_nonsense_is_ended(tmp_path: Path) -> None:
    worker = Worker((sys.executable, "-c", SENSELESS))
    with pytest.raises(KillerFileError, match=r"answered nonsense|ended with status|died of"):
        worker.index(str(tmp_path / "a.mp3"))
    assert worker.pid is None


def test_a_process_that_never_answers_is_ended(tmp_path: Path) -> None:
    worker = Worker((sys.executable, "-c", SPEECHLESS), patience=0.2)
    with pytest.raises(KillerFileError, match="took too long"):
        worker.index(str(tmp_path / "a.mp3"))
    assert worker.pid is None


def test_no_process_to_be_had(tmp_path: Path) -> None:
    worker = Worker((str(tmp_path / "no such program"),))
    with pytest.raises(NoWorkerError, match="No such file"):
        worker.index(str(tmp_path / "a.mp3"))


def test_a_greenlet_killed_in_the_middle_leaves_no_process(tmp_path: Path) -> None:
    worker = Worker((sys.executable, "-c", SPEECHLESS))
    asking = gevent.spawn(worker.index, str(tmp_path / "a.mp3"))
    with gevent.Timeout(30):
        while worker.pid is None:
            gevent.sleep(0)
        asking.kill()
    assert worker.pid is None


def test_the_process_ends_with_the_server() -> None:
    home = Path(__file__).parents[3]
    assert subprocess.run(COMMAND, cwd=home, stdin=subprocess.DEVNULL, check=False).returncode == 0
