# SPDX-License-Identifier: GPL-3.0-or-later
"""A socket in the hub: callbacks, pauses, and the ways in which it ends."""

import errno
import logging
import mmap
import socket
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from server.channel import Channel, clock
from server.lingering import Lingering
from tests.server.library.files import until
from tests.server.wires import read_all, reset, turns_of_the_loop, wire


class Ends:
    """A channel that keeps what it reads, and the client's end of it."""

    def __init__(self, *, narrow: bool = False, lingering: Lingering | None = None) -> None:
        sock, self.client = wire(narrow=narrow)
        self.server = sock
        self.read: list[bytes] = []
        self.writable = 0
        self.broken = 0
        self.defect = False
        self.channel = Channel(
            sock,
            "peer",
            lingering=Lingering() if lingering is None else lingering,
            readable=self._readable,
            writable=self._writable,
            broken=self._broken,
        )

    def _readable(self) -> None:
        if self.defect:
            raise RuntimeError("a defect")
        data = self.channel.read(100)
        if data is not None:
            self.read.append(data)
            if not data:
                self.channel.close()

    def _writable(self) -> None:
        self.writable += 1
        self.channel.stop_writing()

    def _broken(self) -> None:
        self.broken += 1


@pytest.fixture
def ends() -> Iterator[Ends]:
    both = Ends()
    yield both
    both.channel.close()
    both.client.close()


def test_it_reads_what_comes_and_the_end(ends: Ends) -> None:
    ends.client.send(b"hello")
    until(lambda: ends.read)
    ends.client.shutdown(socket.SHUT_WR)
    until(lambda: ends.channel.closed)
    assert ends.read == [b"hello", b""]


def test_a_reset_reads_as_the_end(ends: Ends) -> None:
    reset(ends.client)
    until(lambda: ends.channel.closed)
    assert ends.read == [b""]


def test_little_waits_unsent_in_the_kernel(ends: Ends) -> None:
    ends.channel.bound_unsent(12345)
    assert ends.server.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == 12345


def test_a_pause_in_reading(ends: Ends) -> None:
    ends.channel.pause_reading()
    ends.channel.pause_reading()
    ends.client.send(b"later")
    gevent.sleep(0)
    assert ends.channel.read(0) == b""  # it has come, and nobody was told
    assert ends.read == []
    ends.channel.resume_reading()
    until(lambda: ends.read == [b"later"])


def test_several_buffers_are_sent_as_one(ends: Ends) -> None:
    assert ends.channel.send([b"a", bytearray(b"b"), memoryview(b"xcx")[1:2]]) == 3
    ends.channel.finish()
    ends.client.shutdown(socket.SHUT_WR)
    assert read_all(ends.client) == b"abc"


def test_a_full_kernel_takes_nothing_and_says_when_it_does() -> None:
    ends = Ends(narrow=True)
    sent = 0
    while took := ends.channel.send([bytes(100_000)]):
        sent += took
    ends.channel.await_writable()
    gevent.sleep(0)
    assert ends.writable == 0
    received = 0
    while received < sent:
        try:
            received += len(ends.client.recv(100_000))
        except BlockingIOError:
            gevent.sleep(0.001)
    until(lambda: ends.writable == 1)
    ends.channel.close()
    ends.client.close()


def test_sending_where_nobody_is_any_more(ends: Ends) -> None:
    reset(ends.client)
    with pytest.raises(OSError, match=r"reset|pipe"):
        ends.channel.send([b"x"])
    ends.channel.close()
    assert ends.channel.send([b"x"]) == 0
    assert ends.channel.read(5) is None


def test_a_file_that_was_cut_short_is_efault_and_nothing_else(ends: Ends, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(100_000))
    with path.open("rb") as file:
        mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    path.write_bytes(b"")
    with pytest.raises(OSError, match="address") as error:
        ends.channel.send([b"", memoryview(mapping)[50_000:60_000]])
    assert error.value.errno == errno.EFAULT
    assert not ends.channel.closed


def test_finish_lets_the_last_word_arrive(ends: Ends) -> None:
    ends.client.send(bytes(50_000))  # which nobody reads: closing at once would reset
    ends.channel.send([b"the last word"])
    ends.channel.finish()
    ends.channel.finish()
    assert read_all(ends.client) == b"the last word"
    assert not ends.channel.closed
    ends.client.close()
    until(lambda: ends.channel.closed)


def test_finish_discards_all_that_still_comes(ends: Ends) -> None:
    ends.channel.finish()
    for _ in range(3):
        ends.client.send(b"more")
        turns_of_the_loop(2)
        with pytest.raises(BlockingIOError):
            ends.server.recv(1)
    assert not ends.channel.closed
    assert ends.read == []
    ends.client.close()
    until(lambda: ends.channel.closed)


def test_finish_does_not_wait_for_long(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.channel.LINGER", 0.01)
    ends.channel.finish()
    until(lambda: ends.channel.closed)


def test_of_those_that_finish_only_so_many_linger() -> None:
    lingering = Lingering(2)
    first, second, third = all_ends = [Ends(lingering=lingering) for _ in range(3)]
    for ends in all_ends:
        ends.channel.send([b"the last word"])
        ends.channel.finish()
    assert [ends.channel.closed for ends in all_ends] == [True, False, False]
    assert read_all(first.client) == b"the last word"  # a peer that reads has it all the same
    second.client.close()
    until(lambda: second.channel.closed)
    assert len(lingering) == 1
    third.channel.close()
    assert len(lingering) == 0
    for ends in all_ends:
        ends.client.close()


def test_a_defect_ends_this_connection_and_is_told(
    ends: Ends, caplog: pytest.LogCaptureFixture
) -> None:
    ends.defect = True
    with caplog.at_level(logging.ERROR, "antiphon.server"):
        ends.client.send(b"x")
        until(lambda: ends.channel.closed)
    assert ends.broken == 1
    assert "defect" in caplog.text


def test_closing_twice(ends: Ends) -> None:
    ends.channel.close()
    ends.channel.close()
    ends.channel.finish()
    ends.channel.resume_reading()
    ends.channel.await_writable()
    ends.channel.bound_unsent(5)
    assert ends.channel.closed


def test_the_clock_does_not_go_back() -> None:
    assert clock() <= clock()
