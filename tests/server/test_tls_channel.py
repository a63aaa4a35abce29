# SPDX-License-Identifier: GPL-3.0-or-later
"""A channel over TLS: the handshake in turns, records, and bytes that wait on either side."""

import errno
import itertools
import socket
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from common.tls import RECORD, is_alert
from server.certificate import Identity
from server.lingering import Lingering
from server.pump import Pump
from server.scratch import COPY
from server.tls_channel import TlsChannel
from server.tls_transport import TlsTransport
from tests.certificates import papers
from tests.server.library.files import until
from tests.server.tls_wires import TlsClient
from tests.server.wires import GOING, go, read_all, read_some, reset, turns_of_the_loop, wire


class Ends:
    """A channel that keeps what it reads, and the client's end of it."""

    def __init__(
        self, transport: TlsTransport, *, narrow: bool = False, shaken: bool = True
    ) -> None:
        self.server, self.plain = wire(narrow=narrow)
        self.read: list[bytes] = []
        self.size = 100
        self.writable = 0
        self.channel: TlsChannel = transport.channel(
            self.server,
            "peer",
            lingering=Lingering(),
            readable=self._readable,
            writable=self._writable,
            broken=lambda: None,
        )
        if shaken:
            self.client = TlsClient(self.plain)
            self.client.shake()
            until(lambda: not self.channel.closed and self.shaken)

    @property
    def shaken(self) -> bool:
        try:
            self.channel.send([])
        except OSError:
            return False
        return True

    @property
    def all(self) -> bytes:
        return b"".join(self.read)

    def close(self) -> None:
        self.channel.close()
        self.plain.close()

    def fill(self) -> int:
        """Send until nothing more is taken; how many bytes were."""
        sent = 0
        while took := self.channel.send([bytes(100_000)]):
            sent += took
        return sent

    def _readable(self) -> None:
        data = self.channel.read(self.size)
        if data is not None:
            self.read.append(data)
            if not data:
                self.channel.finish()

    def _writable(self) -> None:
        self.writable += 1
        self.channel.stop_writing()


@pytest.fixture
def transport(tmp_path: Path) -> Iterator[TlsTransport]:
    made = TlsTransport(Identity(*papers().write(tmp_path / "papers")))
    yield made
    made.close()


@pytest.fixture
def ends(transport: TlsTransport) -> Iterator[Ends]:
    both = Ends(transport)
    yield both
    both.client.close()
    both.close()


def test_words_both_ways_and_the_end(ends: Ends) -> None:
    ends.client.send(b"hello")
    until(lambda: ends.read == [b"hello"])
    assert ends.channel.send([b"a", bytearray(b"b"), memoryview(b"xcx")[1:2]]) == 3
    assert ends.channel.send([b"d", bytearray(b"e")]) == 2
    assert read_some(ends.client, 5) == b"abcde"
    ends.client.shutdown(socket.SHUT_WR)
    until(lambda: ends.read == [b"hello", b""])
    assert read_all(ends.client) == b""
    until(lambda: ends.channel.closed)


def test_nobody_can_be_told_anything_before_the_handshake(transport: TlsTransport) -> None:
    ends = Ends(transport, shaken=False)
    with pytest.raises(OSError, match="handshake") as error:
        ends.channel.send([b"too early"])
    assert error.value.errno == errno.ENOTCONN
    assert ends.channel.read(100) is None
    ends.channel.finish()
    assert read_all(ends.plain) == b""
    ends.close()


def test_first_words_may_come_with_the_end_of_the_handshake(transport: TlsTransport) -> None:
    ends = Ends(transport, shaken=False)
    client = TlsClient(ends.plain)
    client.send(b"in the same breath")
    client.shake()
    until(lambda: ends.read == [b"in the same breath"])
    client.close()
    ends.close()


def test_a_record_that_is_longer_than_a_read_is_read_on(ends: Ends) -> None:
    content = bytes(range(256)) * 40
    ends.client.send(content)
    until(lambda: ends.all == content)
    assert max(len(data) for data in ends.read) == 100


def test_a_pause_with_words_left_to_read(ends: Ends) -> None:
    ends.client.send(bytes(250))
    ends.channel.pause_reading()
    until(lambda: ends.channel.read(50))
    turns_of_the_loop(3)
    assert ends.read == []
    ends.channel.resume_reading()
    until(lambda: len(ends.all) == 200)


def test_of_what_the_kernel_does_not_take_one_record_waits_here(transport: TlsTransport) -> None:
    ends = Ends(transport, narrow=True)
    sent = ends.fill()
    assert ends.channel.send([b"more"]) == 0
    waits = ends.channel.unacknowledged() - super(TlsChannel, ends.channel).unacknowledged()
    assert 0 < waits <= RECORD + 22  # header, content type and tag of the record
    assert ends.channel._pipe.data_to_send() == b""  # pyright: ignore[reportPrivateUsage]
    ends.channel.await_writable()
    turns_of_the_loop(3)
    assert ends.writable == 0
    assert len(read_some(ends.client, sent)) == sent
    until(lambda: ends.writable == 1)
    assert ends.channel.send([b"more"]) == 4
    assert read_some(ends.client, 4) == b"more"
    ends.client.close()
    ends.close()


def test_what_was_taken_goes_also_where_nobody_waits_for_it(transport: TlsTransport) -> None:
    ends = Ends(transport, narrow=True)
    sent = ends.fill()
    ends.channel.stop_writing()
    assert len(read_some(ends.client, sent)) == sent
    until(lambda: ends.channel.unacknowledged() == 0)
    turns_of_the_loop(3)
    assert ends.writable == 0
    ends.client.close()
    ends.close()


def test_finish_lets_all_that_was_taken_arrive(transport: TlsTransport) -> None:
    ends = Ends(transport, narrow=True)
    ends.client.send(bytes(50_000))  # which nobody reads: closing at once would reset
    sent = ends.fill()
    ends.channel.finish()
    assert len(read_all(ends.client)) == sent
    ends.client.close()
    until(lambda: ends.channel.closed)


def test_sending_where_nobody_is_any_more(ends: Ends) -> None:
    reset(ends.client)
    with pytest.raises(OSError, match=r"reset|pipe"):
        ends.channel.send([b"x"])
    ends.channel.close()
    assert ends.channel.send([b"x"]) == 0
    assert ends.channel.read(5) is None


def test_a_peer_that_leaves_with_bytes_on_their_way_to_it(transport: TlsTransport) -> None:
    ends = Ends(transport, narrow=True)
    ends.fill()
    ends.channel.await_writable()
    reset(ends.client)
    until(lambda: ends.channel.closed)
    assert ends.read == [b""]


@pytest.mark.parametrize("junk", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff\x00\x00"])
def test_who_does_not_speak_tls_is_told_and_left(transport: TlsTransport, junk: bytes) -> None:
    ends = Ends(transport, shaken=False)
    ends.plain.send(junk)
    assert is_alert(read_all(ends.plain))
    assert ends.read == [b""]
    assert ends.channel.read(100) == b""
    ends.close()


@pytest.mark.parametrize("how", GOING)
def test_who_leaves_in_the_handshake(transport: TlsTransport, how: str) -> None:
    ends = Ends(transport, shaken=False)
    ends.plain.send(bytes.fromhex("1603010200"))
    go(ends.plain, how)
    until(lambda: ends.read == [b""])
    ends.close()


def test_what_was_changed_on_the_way_ends_the_connection(ends: Ends) -> None:
    ends.client.pipe.write(b"secret")
    changed = bytearray(ends.client.pipe.data_to_send())
    changed[-1] ^= 1
    socket.socket.send(ends.client, changed)
    until(lambda: ends.read == [b""])
    ends.client.close()


def test_a_flood_of_handshakes_leaves_the_others_their_turns(
    transport: TlsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A clock by which each step takes longer than a round: there is one step a round.
    monkeypatch.setattr(transport, "_turns", Pump(itertools.count(step=1.0).__next__))
    flood = [Ends(transport, shaken=False) for _ in range(10)]
    clients = [TlsClient(ends.plain) for ends in flood]
    most = 0
    answered: set[int] = set()
    with gevent.Timeout(30):
        while len(answered) < len(flood):
            before = len(answered)
            turns_of_the_loop(1)
            for number, client in enumerate(clients):
                try:
                    socket.socket.recv(client, 1, socket.MSG_PEEK)
                except BlockingIOError:
                    continue
                answered.add(number)
            most = max(most, len(answered) - before)
    assert most <= 2  # a turn of the loop may see the end of one round and the next one
    for ends, client in zip(flood, clients, strict=True):
        client.close()
        ends.close()


def test_more_than_is_copied_at_once(ends: Ends) -> None:
    content = bytes(range(256)) * 1024
    view = memoryview(content)
    taken = ends.channel.send([b"head", view[:1000], view[1000:]])
    assert 0 < taken <= COPY
    assert read_some(ends.client, taken) == (b"head" + content)[:taken]


def test_a_reloaded_certificate_is_shown_from_then_on(tmp_path: Path) -> None:
    files = papers(serial=1).write(tmp_path)
    identity = Identity(*files)
    transport = TlsTransport(identity)
    before = identity.fingerprint
    papers().write(tmp_path)
    identity.reload()
    assert identity.fingerprint != before
    ends = Ends(transport)  # whose client trusts only the new one
    ends.client.close()
    ends.close()
    transport.close()


def test_for_whom_there_is_no_room_is_left_without_a_word(transport: TlsTransport) -> None:
    server, client = wire()
    transport.last_word(server, b"no room")
    assert read_all(client) == b""
    client.close()
