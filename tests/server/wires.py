# SPDX-License-Identifier: GPL-3.0-or-later
"""Two ends of a TCP connection on loopback in one thread: one for the hub, one for the test."""

import contextlib
import os
import socket
import struct

import gevent

from server.config import PortRange


def wire(*, narrow: bool = False) -> tuple[socket.socket, socket.socket]:
    """(the server's end, the client's end); `narrow` takes little without being read."""
    client = socket.socket()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        if narrow:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(listening.getsockname())
        server, _ = listening.accept()
    client.setblocking(False)
    return server, client


def reset(sock: socket.socket) -> None:
    """Close with RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


GOING = ("close", "reset", "half")


def go(sock: socket.socket, how: str) -> None:
    """End a connection in one of the ways of GOING; half: for what is sent only."""
    if how == "half":
        sock.shutdown(socket.SHUT_WR)
    elif how == "reset":
        reset(sock)
    else:
        sock.close()


def free_ports(count: int) -> PortRange:
    """So many ports in a row that were free a moment ago, below those that the kernel gives out."""
    lows = range(24_000, 32_000 - count, count)
    begin = os.getpid() * 7919 % len(lows)  # tests that run beside these look elsewhere first
    for low in (*lows[begin:], *lows[:begin]):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(low, low + count):
                stack.enter_context(socket.create_server(("", port)))
            return PortRange(low, low + count - 1)
    raise AssertionError(f"no {count} ports are free")


def turns_of_the_loop(count: int) -> None:
    """So many times, the hub asks the kernel which sockets are ready and calls back for each."""
    for _ in range(count):
        here, there = socket.socketpair()
        with here, there, gevent.Timeout(30):
            there.send(b"x")
            gevent.get_hub().wait(gevent.get_hub().loop.io(here.fileno(), 1))


def read_all(sock: socket.socket) -> bytes:
    """What comes until the end, while the hub runs; 30 seconds are a net, not a measure."""
    received = bytearray()
    with gevent.Timeout(30), contextlib.suppress(ConnectionResetError):
        while True:
            try:
                data = sock.recv(65536)
            except BlockingIOError:
                gevent.sleep(0.001)
                continue
            if not data:
                break
            received += data
    return bytes(received)


def read_some(sock: socket.socket, size: int) -> bytes:
    """Exactly so many bytes, while the hub runs."""
    received = bytearray()
    with gevent.Timeout(30):
        while len(received) < size:
            try:
                data = sock.recv(size - len(received))
            except BlockingIOError:
                gevent.sleep(0.001)
                continue
            assert data, f"ended after {len(received)} bytes"
            received += data
    return bytes(received)
