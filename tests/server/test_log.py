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

from server.log import LINES, OneLineEach, QueuedLog


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


def say(log: QueuedLog, *numbers: int) -> None:
    for number in numbers:
        log.handle(logging.LogRecord("x", logging.INFO, "", 0, "line %d", (number,), None))


def test_lines_are_written_in_order_until_the_end(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    log = QueuedLog(writing, patience=30)
    say(log, 1, 2, 3)
    log.close()
    log.close()
    assert os.read(reading, 4096) == b"".join(b"antiphon-server: line %d\n" % n for n in (1, 2, 3))


def test_a_worker_says_who_it_is(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    log = QueuedLog(writing, patience=30, worker=2)
    say(log, 1)
    log.close()
    assert os.read(reading, 4096) == b"antiphon-server: worker=2 line 1\n"


def test_what_is_not_text_is_shown_all_the_same(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    log = QueuedLog(writing, patience=30)
    log.handle(logging.LogRecord("x", logging.INFO, "", 0, "ä\udcff", (), None))
    log.close()
    assert os.read(reading, 4096).decode() == "antiphon-server: ä\\udcff\n"


@pytest.mark.parametrize("blocking", [True, False])
def test_lines_that_nobody_reads_are_left_out_and_counted(
    pipe: tuple[int, int], *, blocking: bool
) -> None:
    reading, writing = pipe
    fill(writing)
    os.set_blocking(writing, blocking)
    log = QueuedLog(writing, patience=30)
    said = 3 * LINES
    say(log, *range(said))  # which would never end if it waited
    received = b""
    last = b"antiphon-server: line %d\n" % said
    while not received.endswith(last):
        received += os.read(reading, 4096)
        if b"line %d\n" % (LINES - 1) in received and not received.count(b"left out"):
            say(log, said)
            said += 1
            last = b"antiphon-server: line %d\n" % (said - 1)
    lines = received.decode().lstrip(".").splitlines()
    (gap,) = [n for n, line in enumerate(lines) if "left out" in line]
    match = re.fullmatch(r"antiphon-server: (\d+) lines were left out here: .+", lines[gap])
    assert match is not None
    assert gap + int(match[1]) + len(lines) - gap - 1 == said
    assert lines[:gap] == [f"antiphon-server: line {n}" for n in range(gap)]
    log.close()


def test_the_end_does_not_wait_for_a_reader(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    fill(writing)
    log = QueuedLog(writing, patience=0.01)
    say(log, *range(2 * LINES))
    log.close()
    os.close(reading)  # which ends the write that waits
    for thread in threading.enumerate():
        if thread.name == "log":
            thread.join()


def test_the_gap_is_told_at_the_end(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    fill(writing)
    log = QueuedLog(writing, patience=30)
    say(log, *range(2 * LINES))
    received = b""
    while b"line %d\n" % (LINES - 1) not in received:
        received += os.read(reading, 4096)
    log.close()
    assert b"lines were left out here" in os.read(reading, 4096)


def test_a_reader_that_has_gone_is_no_trouble(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    log = QueuedLog(writing, patience=30)
    os.close(reading)
    say(log, 1, 2, 3)
    log.close()


def test_a_text_of_others_cannot_begin_a_line_or_command_a_terminal() -> None:
    text = "a\nantiphon-server: b\x1b[31m\x9bc\u2028d\u202e"
    record = logging.LogRecord("x", logging.INFO, "", 0, "name %s", (text,), None)
    line = OneLineEach("%(message)s").format(record)
    assert line == r"name a\nantiphon-server: b\x1b[31m\x9bc\u2028d\u202e"


def test_no_line_of_a_traceback_passes_for_one_of_the_log() -> None:
    error = ValueError("a\nantiphon-server: b\x1b")
    record = logging.LogRecord("x", logging.ERROR, "", 0, "c", (), (ValueError, error, None))
    first, *rest = OneLineEach("antiphon-server: %(message)s").format(record).split("\n")
    assert first == "antiphon-server: c"
    assert rest
    assert all(line.startswith("    ") and "\x1b" not in line for line in rest)
