# SPDX-License-Identifier: GPL-3.0-or-later
"""A link of real namespaces, where they can be made: what is counted, never how long it takes."""

import os
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path as FilePath

import pytest

from bench.links.namespaces import TUN, inside, new_namespace, open_namespace
from bench.links.path import Path
from bench.links.relay import CLIENT_ADDRESS, SERVER_ADDRESS
from bench.links.wire import LinkError, Side, Wire, wire

PATIENCE = 20.0  # seconds; a net under a hang


def why_not() -> str | None:
    try:
        os.close(new_namespace())
    except OSError as error:
        return f"no network namespaces: {error.strerror}"
    return None if TUN.exists() else f"there is no {TUN}"


pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


@contextmanager
def sockets(link: Wire, kind: socket.SocketKind) -> Generator[tuple[socket.socket, socket.socket]]:
    """One at the server's end, bound, and one at the client's."""
    with ExitStack() as holding:
        ends: list[socket.socket] = []
        for side, address in ((Side.SERVER, SERVER_ADDRESS), (Side.CLIENT, CLIENT_ADDRESS)):
            with open_namespace(link.namespace(side)) as namespace, inside(namespace):
                made = holding.enter_context(socket.socket(socket.AF_INET, kind))
            made.settimeout(PATIENCE)
            made.bind((address, 7000))
            ends.append(made)
        yield ends[0], ends[1]


def test_every_datagram_comes_through_in_order_and_is_counted() -> None:
    with (
        wire(Path(0.002), Path(0.002), kind="tun") as link,
        sockets(link, socket.SOCK_DGRAM) as (server, client),
    ):
        for number in range(50):
            server.sendto(bytes([number]), (CLIENT_ADDRESS, 7000))
        assert [client.recv(10)[0] for _ in range(50)] == list(range(50))
        passed = link.passed()
        assert (passed.down.came, passed.down.delivered) == (50, 50)
        assert passed.down.delivered_bytes == 50 * 29
        assert passed.up.came == 0


def test_the_same_seed_loses_the_same_datagrams() -> None:
    lost: list[int] = []
    for seed in (1, 1, 2):
        with (
            wire(Path(0.0, loss=0.3), Path(0.0), seed=seed, kind="tun") as link,
            sockets(link, socket.SOCK_DGRAM) as (server, client),
        ):
            for number in range(100):
                server.sendto(bytes([number]), (CLIENT_ADDRESS, 7000))
            client.sendto(b"up", (SERVER_ADDRESS, 7000))
            assert server.recv(10) == b"up"
            lost.append(link.passed().down.lost)
    assert lost[0] == lost[1]
    assert all(10 < number < 50 for number in lost)


@pytest.mark.parametrize("is_forced", [False, True])
def test_connections_use_the_congestion_control_of_the_link(*, is_forced: bool) -> None:
    name = socket.TCP_CONGESTION
    with (
        wire(Path(0.001), Path(0.001), congestion="reno", is_forced=is_forced, kind="tun") as link,
        sockets(link, socket.SOCK_STREAM) as (server, client),
    ):
        server.listen()
        client.connect((SERVER_ADDRESS, 7000))
        accepted, _ = server.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, name, 16).rstrip(b"\0") == b"reno"
            other = _another_congestion_control()
            if other is None:
                return
            if not is_forced:
                accepted.setsockopt(socket.IPPROTO_TCP, name, other)
                return
            with pytest.raises(PermissionError):
                accepted.setsockopt(socket.IPPROTO_TCP, name, other)


def test_a_link_that_is_closed_is_gone() -> None:
    with wire(Path(0.0), Path(0.0), kind="tun") as link:
        path = FilePath(link.namespace(Side.CLIENT))
        assert path.exists()
    assert not path.exists()
    link.close()
    with pytest.raises(LinkError):
        link.passed()


def test_what_the_kernel_refuses_is_a_sentence() -> None:
    with (
        pytest.raises(LinkError, match="cannot be set up"),
        wire(Path(0.0), Path(0.0), congestion="nonesuch"),
    ):
        pass


def _another_congestion_control() -> bytes | None:
    listed = FilePath("/proc/sys/net/ipv4/tcp_available_congestion_control").read_bytes().split()
    return next((name for name in listed if name != b"reno"), None)


def test_what_one_port_says_can_be_lost_while_all_else_passes() -> None:
    with (
        wire(Path(0.002), Path(0.002), kind="tun") as link,
        sockets(link, socket.SOCK_STREAM) as (server, client),
    ):
        server.listen()
        client.connect((SERVER_ADDRESS, 7000))
        accepted, _ = server.accept()
        with accepted:
            before = link.block(7000)
            client.send(b"lost")
            accepted.settimeout(0.1)
            with pytest.raises(TimeoutError):
                accepted.recv(10)
            assert link.block(7001).up.delivered == before.up.delivered
            accepted.settimeout(PATIENCE)
            assert accepted.recv(10) == b"lost"  # which TCP has sent again
            link.block_all()
            assert link.block().up.came > before.up.came
