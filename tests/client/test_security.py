# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's side of TLS: links that work, and a sentence for every one that must not."""

import socket
import ssl
from functools import partial

import gevent
import pytest
from gevent.event import Event

from client.dial import dial
from client.link import Link
from client.security import Security
from client.trust import Trust, fingerprint_of
from common.tls import ALPN, TlsPipe
from tests.certificates import papers
from tests.client.test_link import Owner
from tests.client.tls_peer import PATIENCE, Act, peer
from tests.client.tls_room import BY_CA, BY_FINGERPRINT, SERVER, Room, hear_all, listen, refused


@pytest.mark.parametrize("trust", [BY_CA, BY_FINGERPRINT], ids=["ca", "fingerprint"])
def test_words_both_ways_and_the_end(trust: Trust) -> None:
    heard: list[bytes] = []

    def act(sock: socket.socket) -> None:
        sock.sendall(b"over here")
        heard.append(hear_all(sock))

    with peer(act, papers().server()) as there:
        room = Room(there.port, trust)
        room.opened()
        room.link.send(b"over ")
        room.link.send(b"there")
        room.link.close(linger=True)
        assert room.gone.wait(PATIENCE)
    assert heard == [b"over there"]


@pytest.mark.parametrize("near", [True, False])
def test_what_is_encrypted_is_private_wherever_it_goes(
    monkeypatch: pytest.MonkeyPatch, *, near: bool
) -> None:
    def is_loopback(address: str) -> bool:
        return near and address == "127.0.0.1"

    monkeypatch.setattr("client.link.is_loopback", is_loopback)
    with peer(listen, papers().server()) as there:
        room = Room(there.port, BY_CA)
        seen = [room.link.is_private]  # before there is anybody
        room.opened()
        assert [*seen, room.link.is_private] == [False, True]
        room.link.close(linger=False)
    with peer(listen) as there:
        owner = Owner()
        link = Link(partial(dial, "127.0.0.1", there.port, timeout=PATIENCE), owner, gone=print)
        assert owner.opened.wait(PATIENCE)
        assert link.is_private is near
        link.close(linger=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.1%lo"])
def test_the_name_is_the_one_that_the_user_gave(host: str) -> None:
    with peer(listen, papers().server()) as there:
        room = Room(there.port, BY_CA, host=host)
        room.opened()
        room.link.close(linger=False)


def test_more_than_the_kernel_takes_at_once() -> None:
    content = bytes(range(256)) * 20_000

    def echo(sock: socket.socket) -> None:
        heard = b""
        while len(heard) < len(content):
            heard += sock.recv(65536)
        sock.sendall(heard[::-1])

    with peer(echo, papers().server()) as there:
        room = Room(there.port, BY_CA)
        room.opened()
        room.link.send(content)
        room.ended()
        room.link.close(linger=False)
        assert room.owner.data == content[::-1]
        assert room.owner.told == ["connected", "end"]


@pytest.mark.parametrize("polite", [True, False])
def test_the_end_is_told_behind_the_last_words(*, polite: bool) -> None:
    def act(sock: socket.socket) -> None:
        sock.sendall(b"last words")
        if polite and isinstance(sock, ssl.SSLSocket):
            sock.unwrap()

    with peer(act, papers().server()) as there:
        room = Room(there.port, BY_CA)
        assert room.ended() == "end"
        assert room.owner.data == b"last words"
        room.link.close(linger=False)


def test_words_that_came_with_the_end_of_the_handshake() -> None:
    here = TlsPipe(papers().client(), server_name="127.0.0.1")
    there = TlsPipe(papers().server())
    while not (here.handshake() and there.ready):
        there.receive(here.data_to_send())
        there.handshake()
        if said := there.data_to_send():
            here.receive(said)
    there.receive(here.data_to_send())
    there.write(b"early words")
    here.receive(there.data_to_send())
    with peer(listen) as server:
        owner = Owner()
        link = Link(
            partial(dial, "127.0.0.1", server.port, timeout=PATIENCE),
            owner,
            gone=lambda _: None,
            secure=lambda _: here,
        )
        assert owner.opened.wait(PATIENCE)
        gevent.sleep(0)
        assert owner.data == b"early words"
        link.close(linger=False)


def test_what_was_changed_on_the_way_ends_the_link() -> None:
    def act(sock: socket.socket) -> None:
        plain = socket.socket(fileno=sock.detach())
        with plain:
            plain.sendall(bytes.fromhex("1703030020") + bytes(32))
            plain.recv(1)

    with peer(act, papers().server()) as there:
        room = Room(there.port, BY_CA)
        assert "tampered" in room.ended()
        assert room.owner.told[0] == "connected"
        assert room.owner.data == b""
        assert room.gone.is_set()


def test_a_stranger_is_shown_with_the_fingerprint_to_trust() -> None:
    said = refused(listen, papers(serial=1).server(), BY_CA)
    assert "in the file of --ca vouches for the certificate of 127.0.0.1:55353" in said
    seen = fingerprint_of(ssl.PEM_cert_to_DER_cert(papers(serial=1).certificate))
    assert said.endswith(f"give --fingerprint {seen}.")
    said = refused(listen, papers(serial=1).server(), Trust())
    assert "whom this machine trusts vouches" in said


def test_a_stranger_of_whom_only_one_look_is_to_be_had() -> None:
    papers_of_strangers = papers(serial=1).server()
    came = 0

    def once(sock: socket.socket) -> None:
        nonlocal came
        came += 1
        if came == 1:
            papers_of_strangers.wrap_socket(sock, server_side=True)

    with peer(once) as there:
        room = Room(there.port, BY_CA)
        assert room.ended().endswith("--fingerprint and --ca say whom else to trust.")


def test_another_fingerprint_is_refused_before_anything_is_said() -> None:
    heard: list[bytes] = []
    with peer(lambda sock: heard.append(hear_all(sock)), papers(serial=1).server()) as there:
        room = Room(there.port, BY_FINGERPRINT)
        said = room.ended()
    seen = fingerprint_of(ssl.PEM_cert_to_DER_cert(papers(serial=1).certificate))
    assert f"has the fingerprint {seen}, which is not the one given" in said
    assert b"".join(heard) == b""


def test_a_fingerprint_counts_more_than_name_and_dates() -> None:
    old = papers("radio.example", first_day=-2, last_day=-1)
    with peer(listen, old.server()) as there:
        room = Room(there.port, Trust(fingerprint=bytes.fromhex(old.fingerprint)))
        room.opened()
        room.link.close(linger=False)


def test_another_name() -> None:
    said = refused(listen, papers().server(), BY_CA, host="radio.example")
    assert "is not for this name" in said
    assert "radio.example" in said


@pytest.mark.parametrize(("days", "why"), [((-2, -1), "has expired"), ((1, 2), "not yet valid")])
def test_another_time(days: tuple[int, int], why: str) -> None:
    dated = papers(first_day=days[0], last_day=days[1])
    said = refused(listen, dated.server(), Trust(authorities=dated.certificate))
    assert "is not valid today" in said
    assert why in said


def old(context: ssl.SSLContext) -> ssl.SSLContext:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([ALPN])
    return context


def test_an_old_server() -> None:
    assert "does not speak TLS 1.3" in refused(listen, old(papers().any_server()), BY_CA)


def test_a_server_of_something_else() -> None:
    assert "speaks TLS, but not Antiphon" in refused(listen, papers().any_server(), BY_CA)


def say(words: bytes) -> Act:
    def act(sock: socket.socket) -> None:
        sock.sendall(words)
        sock.shutdown(socket.SHUT_WR)
        hear_all(sock)

    return act


@pytest.mark.parametrize("words", [bytes.fromhex("0010000D00000000"), b"SSH-2.0-x\r\n", b"220 hi"])
def test_a_server_that_speaks_no_tls(words: bytes) -> None:
    assert "does not speak TLS. Without --tls" in refused(say(words), None, BY_CA)


def test_a_server_that_closes_at_once() -> None:
    def act(sock: socket.socket) -> None:
        sock.recv(65536)

    assert "closed the connection before TLS was set up" in refused(act, None, BY_CA)


def test_a_server_that_says_nothing() -> None:
    silence = Event()
    with peer(listen) as there:
        security = Security(BY_CA, host="127.0.0.1", server=SERVER)
        owner = Owner()
        Link(
            partial(dial, "127.0.0.1", there.port, timeout=PATIENCE),
            owner,
            gone=lambda _: silence.set(),
            secure=partial(security.shake_hands, timeout=0.05),
        )
        assert owner.ended.wait(PATIENCE)
        assert owner.told == [f"{SERVER} answers, but does not set up TLS."]
        assert silence.is_set()


def test_closed_in_the_middle_of_the_handshake() -> None:
    with peer(listen) as there:
        room = Room(there.port, BY_CA)
        with gevent.Timeout(PATIENCE):
            while there.accepted == 0:
                gevent.sleep(0.001)
        room.link.close(linger=True)
        assert room.gone.is_set()
        gevent.sleep(0)  # where the greenlet ends, and with it the socket
    assert room.owner.told == []


@pytest.mark.parametrize("host", ["", ".x", "a" * 300])
def test_a_name_that_no_certificate_has(host: str) -> None:
    with peer(listen) as there:
        room = Room(there.port, BY_CA, host=host)
        assert "cannot be in a certificate" in room.ended()
