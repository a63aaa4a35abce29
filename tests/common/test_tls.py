# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS without a socket: both sides in memory, every cut, and every way in which it fails."""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.tls import ALPN, RECORD, Problem, TlsError, TlsPipe, is_alert
from tests.certificates import papers

RFC = Path(__file__).parents[2] / "RFC.md"
HOST = "127.0.0.1"


class Pair:
    """A client and a server, and what each has said to the other so far."""

    def __init__(
        self,
        *,
        client: ssl.SSLContext | None = None,
        server: ssl.SSLContext | None = None,
        host: str = HOST,
    ) -> None:
        self.client = TlsPipe(client or papers().client(), server_name=host)
        self.server = TlsPipe(server or papers().server())
        self.errors: list[tuple[str, Problem]] = []

    def shake(self, step: int = 1 << 20) -> None:
        """Let both go on, `step` bytes at a time, until neither has anything to say."""
        sides = {"client": (self.client, self.server), "server": (self.server, self.client)}
        busy = True
        while busy:
            busy = False
            for name, (here, there) in sides.items():
                self.step(name, here)
                said = here.data_to_send()
                for at in range(0, len(said), step):
                    busy = True
                    there.receive(said[at : at + step])
                    self.step("server" if name == "client" else "client", there)

    def step(self, name: str, pipe: TlsPipe) -> None:
        try:
            pipe.handshake()
        except TlsError as error:
            if name not in dict(self.errors):
                self.errors.append((name, error.problem))


def shaken() -> Pair:
    pair = Pair()
    pair.shake()
    assert pair.errors == []
    return pair


def test_the_protocol_is_called_as_the_rfc_calls_it() -> None:
    assert f'ALPN protocol [@!RFC7301] "{ALPN}"' in RFC.read_text()


@pytest.mark.parametrize("step", [1, 2, 3, 5, 100, 1 << 20])
def test_a_handshake_may_be_cut_anywhere(step: int) -> None:
    pair = Pair()
    pair.shake(step)
    assert pair.errors == []
    assert pair.client.ready
    assert pair.server.ready
    assert pair.client.peer_certificate == ssl.PEM_cert_to_DER_cert(papers().certificate)
    assert pair.server.peer_certificate is None


@given(st.binary(min_size=1, max_size=3 * RECORD), st.data())
def test_bytes_arrive_as_they_were_whatever_the_cuts(content: bytes, data: st.DataObject) -> None:
    pair = shaken()
    sent = bytearray()
    left = content
    while left:
        taken = pair.server.write(left)
        assert 0 < taken <= RECORD
        left = left[taken:]
        sent += pair.server.data_to_send()
    came = bytearray()
    while sent:
        cut = data.draw(st.integers(1, len(sent)))
        pair.client.receive(bytes(sent[:cut]))
        del sent[:cut]
        while piece := pair.client.read(data.draw(st.integers(1, 2 * RECORD))):
            came += piece
    assert came == content
    assert pair.client.read(1) is None


def test_nothing_is_taken_of_nothing() -> None:
    pair = shaken()
    assert pair.client.write(b"") == 0
    assert pair.client.data_to_send() == b""


def test_what_was_said_is_given_out_once() -> None:
    pair = shaken()
    pair.client.write(b"x")
    assert pair.client.data_to_send()
    assert pair.client.data_to_send() == b""


@pytest.mark.parametrize("polite", [True, False])
def test_the_end_is_the_end_with_and_without_close_notify(*, polite: bool) -> None:
    pair = shaken()
    pair.server.write(b"last words")
    if polite:
        pair.server.close()
    pair.client.receive(pair.server.data_to_send())
    if not polite:
        pair.client.receive(b"")
        pair.client.receive(b"")
    assert pair.client.read(4) == b"last"
    assert pair.client.read(100) == b" words"
    assert pair.client.read(100) == b""
    assert pair.client.read(100) == b""


def test_one_side_may_close_and_still_hear() -> None:
    pair = shaken()
    pair.client.close()
    pair.server.receive(pair.client.data_to_send())
    assert pair.server.read(1) == b""
    pair.server.write(b"good bye")
    pair.client.receive(pair.server.data_to_send())
    assert pair.client.read(100) == b"good bye"


def test_an_end_in_the_middle_of_a_record_gives_nothing_of_it() -> None:
    pair = shaken()
    pair.server.write(b"whole")
    pair.client.receive(pair.server.data_to_send())
    pair.server.write(b"half")
    pair.client.receive(pair.server.data_to_send()[:-1])
    pair.client.receive(b"")
    assert pair.client.read(100) == b"whole"
    assert pair.client.read(100) == b""


def test_what_was_changed_on_the_way_is_refused_behind_what_was_not() -> None:
    pair = shaken()
    pair.server.write(b"whole")
    said = pair.server.data_to_send()
    pair.server.write(b"changed")
    changed = bytearray(pair.server.data_to_send())
    changed[-1] ^= 1
    pair.client.receive(said + bytes(changed))
    assert pair.client.read(100) == b"whole"
    for _ in range(2):
        with pytest.raises(TlsError) as caught:
            pair.client.read(100)
        assert caught.value.problem is Problem.BROKEN
    assert pair.client.data_to_send()  # the alert


@given(st.integers(0, 2000), st.integers(1, 255))
def test_a_handshake_that_was_changed_on_the_way_never_completes(at: int, change: int) -> None:
    pair = Pair()
    pair.step("client", pair.client)
    pair.server.receive(pair.client.data_to_send())
    pair.step("server", pair.server)
    said = bytearray(pair.server.data_to_send())
    at %= len(said)
    if at in {1, 2}:
        return  # the version of a record, which TLS 1.3 does not look at
    said[at] ^= change
    pair.client.receive(bytes(said))
    pair.step("client", pair.client)
    pair.client.receive(b"")
    pair.step("client", pair.client)
    assert not pair.client.ready
    assert [name for name, _ in pair.errors] == ["client"]


@pytest.mark.parametrize("cut", [0, 1, 5, 100, -1])
def test_a_peer_that_leaves_during_the_handshake(cut: int) -> None:
    pair = Pair()
    pair.step("client", pair.client)
    pair.server.receive(pair.client.data_to_send())
    pair.step("server", pair.server)
    if cut:
        pair.client.receive(pair.server.data_to_send()[:cut])
    pair.step("client", pair.client)
    pair.client.receive(b"")
    pair.step("client", pair.client)
    assert pair.errors == [("client", Problem.ENDED)]


PLAIN_HELLO = bytes.fromhex("0022 0001 00000001 414E5449 01 01") + bytes(32)
PLAIN_ERROR = bytes.fromhex("0010 000D 00000000") + bytes(16)


@pytest.mark.parametrize("junk", [PLAIN_HELLO, b"GET / HTTP/1.1\r\n\r\n", b"SSH-2.0-OpenSSH\r\n"])
def test_a_server_tells_a_peer_that_speaks_something_else(junk: bytes) -> None:
    server = TlsPipe(papers().server())
    server.receive(junk)
    with pytest.raises(TlsError) as caught:
        server.handshake()
    assert caught.value.problem is Problem.NOT_TLS
    assert is_alert(server.data_to_send())


def test_a_client_knows_a_server_that_speaks_something_else() -> None:
    client = TlsPipe(papers().client(), server_name=HOST)
    assert not client.handshake()
    client.data_to_send()
    client.receive(PLAIN_ERROR)
    for _ in range(2):
        with pytest.raises(TlsError) as caught:
            client.handshake()
        assert caught.value.problem is Problem.NOT_TLS
    assert client.data_to_send() == b""


@pytest.mark.parametrize("server", [True, False])
@given(junk=st.binary(min_size=1, max_size=100))
def test_garbage_completes_no_handshake(*, server: bool, junk: bytes) -> None:
    pipe = TlsPipe(papers().server()) if server else TlsPipe(papers().client(), server_name=HOST)
    for data in (junk, b""):
        pipe.receive(data)
        try:
            assert not pipe.handshake()
        except TlsError:
            return
    pytest.fail("the end of the stream ended nothing")


def test_a_record_that_is_too_long_is_refused_on_its_header() -> None:
    server = TlsPipe(papers().server())
    server.receive(bytes.fromhex("160301FFFF"))
    with pytest.raises(TlsError):
        server.handshake()


def old(context: ssl.SSLContext) -> ssl.SSLContext:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([ALPN])
    return context


def web(context: ssl.SSLContext) -> ssl.SSLContext:
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def nobody() -> ssl.SSLContext:
    return papers(serial=1).client()


def dated(first_day: int, last_day: int) -> Pair:
    dated = papers(first_day=first_day, last_day=last_day)
    return Pair(client=dated.client(), server=dated.server())


@pytest.mark.parametrize(
    ("meet", "error"),
    [
        (lambda: Pair(host="127.0.0.2"), ("client", Problem.WRONG_NAME)),
        (lambda: Pair(host="radio.example"), ("client", Problem.WRONG_NAME)),
        (lambda: Pair(client=nobody()), ("client", Problem.UNTRUSTED)),
        (lambda: dated(-2, -1), ("client", Problem.EXPIRED)),
        (lambda: dated(1, 2), ("client", Problem.EXPIRED)),
        (lambda: Pair(client=old(papers().any_client())), ("server", Problem.VERSION)),
        (lambda: Pair(server=old(papers().any_server())), ("client", Problem.VERSION)),
        (lambda: Pair(client=web(papers().any_client())), ("server", Problem.NOT_ANTIPHON)),
        (lambda: Pair(client=papers().any_client()), ("server", Problem.NOT_ANTIPHON)),
        (lambda: Pair(server=web(papers().any_server())), ("client", Problem.NOT_ANTIPHON)),
        (lambda: Pair(server=papers().any_server()), ("client", Problem.NOT_ANTIPHON)),
    ],
)
def test_peers_that_do_not_fit(meet: Callable[[], Pair], error: tuple[str, Problem]) -> None:
    pair = meet()
    pair.shake()
    assert error in pair.errors
    assert not (pair.client.ready and pair.server.ready)


def test_a_name_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="server_hostname"):
        TlsPipe(papers().client(), server_name="")
