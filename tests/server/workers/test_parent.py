# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parent does about workers that hang or do not come: programs of a few lines."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.config import Share
from server.service_manager import Notifier
from server.starting import StartError
from server.workers.parent import COMMAND, Parent
from server.workers.silence import Silence
from server.workers.wire import ALIVE, BEAT, FAILED, READY, Task, give, pair
from tests.e2e.server_process import PATIENCE, ROOT

_BEGIN = """\
import os, signal, socket, sys
parent = socket.socket(fileno=0)
os.close(socket.recv_fds(parent, 65536, 1)[1][0])
number = int(sys.argv[1])
"""


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """As they were, behind a parent in this process."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def run(
    program: str,
    *,
    count: int = 2,
    silence: Silence | None = None,
    command: tuple[str, ...] = (),
) -> int:
    """The exit status of a server that has such workers; raises StartError."""
    parent = Parent(
        count,
        lambda share: Task(share, 0, None, ()),
        listening=None,
        manager=Notifier({}),
        reloads=True,
        where="127.0.0.1:0",
        command=command or (sys.executable, "-c", _BEGIN + program),
        silence=silence,
    )
    with closing(parent):
        return parent.run()


def sentences(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged."""
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "1 was killed by signal 9 while it started"),
        ("sys.exit(3)", "1 ended with status 3 while it started"),
        (f"parent.send({FAILED!r} + b'no data port'); sys.exit(1)", "1: no data port"),
        (
            f"if number == 2: sys.exit(1)\nparent.send({READY!r})\nparent.recv(1)",
            "2 ended with status 1 while it started",
        ),
    ],
)
def test_who_does_not_come_is_named(
    program: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(StartError) as error:
        run(program)
    assert str(error.value) == f"worker {said}"
    assert sentences(caplog) == []


def test_who_has_come_may_be_the_one_that_dies(tmp_path: Path) -> None:
    file = tmp_path / "first"
    program = f"""\
if number == 1:
    open({str(file)!r}, "w").write(str(os.getpid()))
    parent.send({READY!r})
else:
    os.kill(int(open({str(file)!r}).read()), signal.SIGKILL)
parent.recv(1)
"""
    with pytest.raises(StartError, match=r"^worker 1 was killed by signal 9 while others started$"):
        run(program)


def test_one_that_cannot_be_run_is_named() -> None:
    with pytest.raises(StartError, match=r"^worker 1 cannot be started: .*/nowhere'$"):
        run("", command=("/nowhere",))


def test_why_one_does_not_come_again_is_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    program = f"""\
if not os.path.exists({str(tmp_path / "once")!r}):
    os.mkdir({str(tmp_path / "once")!r})
    parent.send({READY!r})
else:
    os.kill(os.getppid(), signal.SIGTERM)
parent.send({FAILED!r} + b"no data port")
sys.exit(1)
"""
    run(program, count=1)
    assert sentences(caplog)[:2] == [
        "worker 1 cannot serve",
        "worker 1 ended with status 1 and is started again",
    ]
    assert 'reason="no data port"' in caplog.text


def test_who_hangs_is_killed_and_started_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    program = f"""\
parent.send({READY!r})
if not os.path.exists({str(tmp_path / "once")!r}):
    os.mkdir({str(tmp_path / "once")!r})
    os.kill(os.getpid(), signal.SIGSTOP)
os.kill(os.getppid(), signal.SIGTERM)
parent.recv(1)
"""
    run(program, count=1, silence=Silence(longest=2, tick=0.05))
    assert sentences(caplog)[:2] == [
        "worker 1 has hung for 0.1 seconds and is killed",
        "worker 1 was killed by signal 9 and is started again",
    ]


def test_who_does_not_end_is_killed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("server.workers.crew.LEAVE_WITHIN", 0.1)
    monkeypatch.setattr("server.workers.parent.LEAVE_WITHIN", 0.1)
    program = f"""\
signal.signal(signal.SIGINT, signal.SIG_IGN)
parent.send({READY!r})
if number == 2:
    os.kill(os.getppid(), signal.SIGINT)
parent.recv(1)
"""
    assert run(program) == 1
    assert "worker 1 has not ended within 0.1 seconds and is killed" in sentences(caplog)


def test_a_worker_says_that_it_lives(tmp_path: Path) -> None:
    words = ("--host", "127.0.0.1", "--workers", "2", "--state", "none", "0", str(tmp_path))
    mine, its = pair()
    with mine:
        with its:
            worker = subprocess.Popen((*COMMAND, "1"), cwd=ROOT, stdin=its.fileno())
        try:
            mine.settimeout(PATIENCE)
            give(mine, Task(Share(1, 2), 0, None, words), None)
            heard = iter(lambda: mine.recv(100), b"")
            assert READY in heard
            assert [next(heard), next(heard)] == [ALIVE, ALIVE]
        finally:
            worker.kill()
            worker.wait()


def test_it_says_so_often_enough() -> None:
    """A word may come late, by several of its own length."""
    assert Silence().patience > 5 * BEAT


def test_a_hang_up_waits_until_a_worker_has_started() -> None:
    """A service manager may send it to every process."""
    program = f"""\
os.kill(os.getpid(), signal.SIGHUP)
parent.send({FAILED!r} + b"it lives")
"""
    with pytest.raises(StartError, match=r"^worker 1: it lives$"):
        run(program)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()
