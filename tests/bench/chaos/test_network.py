# SPDX-License-Identifier: GPL-3.0-or-later
"""Links of real namespaces, where they can be made: cut, mended, reset, moved."""

import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from bench.chaos.network import Network, Quality, network, server_of
from tests.bench.chaos.places import can_link

pytestmark = can_link

PORT = 7000
PATIENCE = 30.0  # seconds; a net under a hang
FAST = Quality(0.002, 10e6)

# Says who has connected, and then everything back.
ECHO = f"""
import socket, threading

def talk(sock):
    try:
        while data := sock.recv(100):
            sock.sendall(data)
    except ConnectionResetError:
        print("reset", flush=True)

with socket.create_server(("0.0.0.0", {PORT})) as door:
    print("ready", flush=True)
    while True:
        sock, peer = door.accept()
        print(peer[0], flush=True)
        threading.Thread(target=talk, args=(sock,), daemon=True).start()
"""
# Connects, and echoes a line for each line that it is given.
CLIENT = """
import socket, sys
sock = socket.create_connection((sys.argv[1], int(sys.argv[2])), 20)
for line in sys.stdin:
    patience, word = line.split(maxsplit=1)
    sock.settimeout(float(patience))
    try:
        sock.sendall(word.encode())
        print(sock.recv(100).decode(), end="", flush=True)
    except OSError as error:
        print(type(error).__name__, flush=True)
"""


class Program:
    """A Python program at one end of a link, which talks in lines."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def ask(self, word: str, patience: float = PATIENCE) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{patience} {word}\n")
        self._process.stdin.flush()
        return self.line()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def program(command: list[str]) -> Generator[Program]:
    made = Program(command)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def links() -> Iterator[Network]:
    with network([FAST, FAST], seed=1) as made:
        yield made


@pytest.fixture
def echo(links: Network) -> Iterator[Program]:
    with program(links.on_server([sys.executable, "-c", ECHO])) as made:
        assert made.line() == "ready"
        yield made


def client(links: Network, link: int) -> list[str]:
    return links.on_client(link, [sys.executable, "-c", CLIENT, server_of(link), str(PORT)])


def test_each_link_leads_to_the_server_and_counts(links: Network, echo: Program) -> None:
    for link in (0, 1):
        with program(client(links, link)) as peer:
            assert peer.ask("hello") == "hello"
        assert echo.line() == f"10.77.{link}.2"
    assert all(way["delivered"] > 0 for link in links.counts() for way in link.values())


def test_what_is_cut_carries_nothing_until_it_is_mended(links: Network, echo: Program) -> None:
    with program(client(links, 0)) as peer:
        assert peer.ask("one") == "one"
        links.cut(0)
        assert peer.ask("two", patience=0.5) == "TimeoutError"
        with program(client(links, 1)) as other:
            assert other.ask("still here") == "still here"
    links.mend(0)
    with program(client(links, 0)) as peer:
        assert peer.ask("three") == "three"


def test_both_ends_hear_of_a_reset(links: Network, echo: Program) -> None:
    with program(client(links, 1)) as peer:
        assert peer.ask("one") == "one"
        assert echo.line() == "10.77.1.2"
        assert links.reset(0, port=None, share=1.0) == 0
        assert links.reset(1, port=PORT + 1, share=1.0) == 0
        assert links.reset(1, port=PORT, share=0.0) == 1
        assert echo.line() == "reset"
        assert peer.ask("two") in {"ConnectionResetError", "BrokenPipeError"}


def test_who_moves_has_another_address_and_the_old_one_no_more(
    links: Network, echo: Program
) -> None:
    with program(client(links, 1)) as peer:
        assert peer.ask("one") == "one"
        assert echo.line() == "10.77.1.2"
        assert links.move(1) == "10.77.1.3"
        assert peer.ask("two", patience=0.5) in {"TimeoutError", "OSError"}
    assert links.move(1) == "10.77.1.4"
    links.reset(1, port=None, share=1.0)  # the server waits for the old one
    assert echo.line() == "reset"
    with program(client(links, 1)) as peer:
        assert peer.ask("three") == "three"
    assert echo.line() == "10.77.1.4"
