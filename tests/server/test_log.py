# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of a server whose standard error is not read, or is gone."""

import contextlib
import fcntl
import logging
import os
import re
import threading
from collections.abc import Iterator

import pytest

from server.log import LINES, QueuedLog
from server.log_lines import Form
from server.logbook import Said


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A reading and a writing end; it takes little without being read."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    yield reading, writing
    for end in (reading, writing):
        with contextlib.suppress(OSError):
            os.close(end)


def fill(writing: int) -> None:
    """Write until a write would wait."""
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, b".")
    os.set_blocking(writing, True)


def opened(writing: int, patience: float = 30) -> QueuedLog:
    """A log as the journal has it, whose lines do not tell the time."""
    return QueuedLog(writing, Form(for_journal=True), patience=patience)


def say(log: QueuedLog, *numbers: int) -> None:
    for number in numbers:
        said = Said("said", "line {number}", {"number": number})
        log.handle(logging.LogRecord("x", logging.INFO, "", 0, said, (), None))


def line(number: int) -> str:
    return f'<6>msg="line {number}" event=said number={number}'


def test_lines_are_written_in_order_until_the_end(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    log = opened(writing)
    say(log, 1, 2, 3)
    log.close()
    log.close()
    assert os.read(reading, 4096) == "".join(f"{line(n)}\n" for n in (1, 2, 3)).encode()


def test_a_worker_says_who_it_is(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    log = QueuedLog(writing, Form(for_journal=True, fixed={"worker": 2}), patience=30)
    say(log, 1)
    log.close()
    assert os.read(reading, 4096) == f"{line(1)} worker=2\n".encode()


def test_what_is_not_text_is_shown_all_the_same(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    log = opened(writing)
    log.handle(logging.LogRecord("x", logging.INFO, "", 0, "ä\udcff", (), None))
    log.close()
    assert os.read(reading, 4096).decode() == '<6>msg="ä\\\\xff" event=other logger=x\n'


@pytest.mark.parametrize("blocking", [True, False])
def test_lines_that_nobody_reads_are_left_out_and_counted(
    pipe: tuple[int, int], *, blocking: bool
) -> None:
    reading, writing = pipe
    fill(writing)
    os.set_blocking(writing, blocking)
    log = opened(writing)
    said = 3 * LINES
    say(log, *range(said))  # which would never end if it waited
    received = b""
    last = f"{line(said)}\n".encode()
    while not received.endswith(last):
        received += os.read(reading, 4096)
        if f"{line(LINES - 1)}\n".encode() in received and not received.count(b"left out"):
            say(log, said)
            said += 1
            last = f"{line(said - 1)}\n".encode()
    lines = received.decode().lstrip(".").splitlines()
    (gap,) = [n for n, one in enumerate(lines) if "left out" in one]
    match = re.fullmatch(r"<4>msg=.+ event=lines_left_out lines=(\d+)", lines[gap])
    assert match is not None
    assert gap + int(match[1]) + len(lines) - gap - 1 == said
    assert lines[:gap] == [line(n) for n in range(gap)]
    log.close()


def test_the_end_does_not_wait_for_a_reader(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    fill(writing)
    log = opened(writing, 0.01)
    say(log, *range(2 * LINES))
    log.close()
    os.close(reading)  # which ends the write that waits
    for thread in threading.enumerate():
        if thread.name == "log":
            thread.join()


def test_the_gap_is_told_at_the_end(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    fill(writing)
    log = opened(writing)
    say(log, *range(2 * LINES))
    received = b""
    while f"{line(LINES - 1)}\n".encode() not in received:
        received += os.read(reading, 4096)
    log.close()
    assert b"lines were left out here" in os.read(reading, 4096)


def test_a_reader_that_has_gone_is_no_trouble(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    log = opened(writing)
    os.close(reading)
    say(log, 1, 2, 3)
    log.close()
