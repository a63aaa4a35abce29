# SPDX-License-Identifier: GPL-3.0-or-later
"""The playout buffer: what goes in comes out, the gate, starving, the end, and two threads."""

from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.gated_buffer import PlayoutOverflowError
from client.playout import PlayoutBuffer


class Calls:
    """Counts how often it is called."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@given(pieces=st.lists(st.binary(max_size=40)), sizes=st.lists(st.integers(1, 50), min_size=1))
def test_what_goes_in_comes_out(pieces: list[bytes], sizes: list[int]) -> None:
    buffer = PlayoutBuffer(10_000)
    for piece in pieces:
        buffer.append(piece)
    buffer.finish()
    out, turn = b"", 0
    while piece := buffer.read(size := sizes[turn % len(sizes)]) or b"":
        assert len(piece) <= size
        out, turn = out + piece, turn + 1
        assert buffer.consumed == len(out)
    assert out == b"".join(pieces)
    assert buffer.received == buffer.consumed
    assert buffer.level == 0


def test_nothing_is_read_before_the_gate_opens() -> None:
    buffer = PlayoutBuffer(100)
    buffer.append(b"abc")
    assert buffer.read(10) is None
    assert (buffer.received, buffer.consumed, buffer.level) == (3, 0, 3)
    buffer.open()
    assert buffer.read(2) == b"ab"
    assert buffer.read(2) == b"c"


def test_running_empty_closes_the_gate_and_is_reported_once() -> None:
    starved = Calls()
    buffer = PlayoutBuffer(100, starved)
    buffer.open()
    buffer.append(b"abc")
    assert buffer.read(10) == b"abc"
    assert starved.count == 0
    assert buffer.read(10) is None
    assert not buffer.is_open
    buffer.append(b"def")
    assert buffer.read(10) is None
    assert starved.count == 1
    buffer.open()
    assert buffer.read(10) == b"def"


def test_a_gate_that_never_opened_does_not_starve() -> None:
    starved = Calls()
    assert PlayoutBuffer(100, starved).read(10) is None
    assert starved.count == 0


def test_the_end_opens_the_gate_and_is_no_starving() -> None:
    starved = Calls()
    buffer = PlayoutBuffer(100, starved)
    buffer.append(b"abc")
    buffer.finish()
    assert [buffer.read(10) for _ in range(3)] == [b"abc", b"", b""]
    assert starved.count == 0


def test_an_abort_drops_what_is_left_and_reads_as_the_end() -> None:
    buffer = PlayoutBuffer(100)
    buffer.append(b"abc")
    buffer.abort()
    buffer.append(b"def")
    assert buffer.is_aborted
    assert buffer.read(10) == b""


def test_more_than_the_capacity_is_refused() -> None:
    buffer = PlayoutBuffer(4)
    buffer.append(b"abc")
    with pytest.raises(PlayoutOverflowError, match="5 bytes for a buffer of 4"):
        buffer.append(b"de")
    buffer.append(b"d")
    assert buffer.level == 4


def test_bytes_after_the_end_are_refused() -> None:
    buffer = PlayoutBuffer(4)
    buffer.finish()
    with pytest.raises(ValueError, match="after the end"):
        buffer.append(b"a")


def test_the_reader_is_woken_only_by_what_it_can_use() -> None:
    buffer, wake = PlayoutBuffer(100), Calls()
    buffer.on_change(wake)
    assert wake.count == 1  # something may have come before
    buffer.append(b"abc")
    assert wake.count == 1  # the gate is closed
    for change in (buffer.open, lambda: buffer.append(b"d"), buffer.finish, buffer.abort):
        before = wake.count
        change()
        assert wake.count == before + 1


def test_the_starved_report_may_use_the_buffer() -> None:
    reports: list[int] = []

    def report() -> None:
        reports.append(buffer.level)
        buffer.open()

    buffer = PlayoutBuffer(100, report)
    buffer.open()
    assert buffer.read(1) is None
    assert reports == [0]
    assert buffer.is_open


def test_two_threads_lose_nothing() -> None:
    total, buffer = 200_000, PlayoutBuffer(1 << 20)
    content = bytes(i * 7 % 251 for i in range(total))

    def feed() -> None:
        for at in range(0, total, 997):
            buffer.append(content[at : at + 997])
            buffer.open()
        buffer.finish()

    thread = Thread(target=feed)
    thread.start()
    out = bytearray()
    while (piece := buffer.read(1013)) != b"":
        out += piece or b""
    thread.join()
    assert bytes(out) == content
