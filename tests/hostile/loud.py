# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks by what is said: noise, other protocols, lies about lengths; the sockets are kept."""

import itertools
import struct
from collections.abc import Iterator

from common.constants import MAX_PAYLOAD, MAY_IGNORE
from control.framing import Deframer, encode
from control.message import Type
from control.session_messages import Bye, Hello, Welcome
from data.frame_header import FrameType
from tests.e2e.server_process import PATIENCE
from tests.hostile.peers import HELD, Attack, Door, Target, say_at_once, tell

HELLO = encode(1, Hello(1, 1, agent="loud"))
LONGEST = 0xFFFF
FOREIGN = (
    b"GET / HTTP/1.1\r\nHost: antiphon\r\nUser-Agent: lost\r\n\r\n",
    b"GET /" + b"a" * 8000 + b" HTTP/1.0\r\n\r\n",
    # TLS 1.3 ClientHello: a record, a handshake of the longest length that it can claim, noise.
    bytes.fromhex("1603010200 01ffffff 0303") + bytes(range(256)) * 2,
    b"SSH-2.0-OpenSSH_9.6\r\n",
    b"EHLO mail.example\r\nMAIL FROM:<>\r\n",
    b"\x00" * 4096,
    b"\xff" * 4096,
)
LIES = (
    struct.pack(
        "!II", 0xFFFFFFFF, 0xFFFFFFFF
    ),  # a length of 4 GiB, for those who have it in 32 bit
    struct.pack("!HHI", LONGEST, Type.HELLO, 1),
    struct.pack("!HHI", 0x4001, Type.HELLO | MAY_IGNORE, 1),
    struct.pack("!HHIIQ", LONGEST, FrameType.ATTACH, 1, 0, 0),
    struct.pack("!HHIIQ", LONGEST, FrameType.DATA, 0xFFFFFFFF, 0xFFFFFFFF, 2**64 - 1),
    struct.pack("!HHIIQ", MAX_PAYLOAD, FrameType.DATA | MAY_IGNORE, 1, 0, 0),
    struct.pack("!HHI", 0x4000, Type.HELLO | MAY_IGNORE, 1),  # both allowed, and never come
)


class Noise(Attack):
    """What is said is wrong, on both ports; and then the sockets are held open."""

    def __init__(self, target: Target) -> None:
        """A session, for the sake of its port."""
        super().__init__(target)
        self._door = Door(target)
        self._words = self.words()

    def words(self) -> Iterator[bytes]:
        """What is said, one thing after the other."""
        while True:
            yield self.target.rng.randbytes(self.target.rng.randrange(1, 4096))

    def press(self) -> None:
        """Some more, at both ports."""
        for address in (self.target.address, self._door.address()) * 4:
            say_at_once(self.knock(address, most=HELD), next(self._words))

    def close(self) -> None:
        """The session ends too."""
        super().close()
        self._door.close()


class Foreigners(Noise):
    """Those who wanted another server: HTTP, TLS, SSH, SMTP."""

    def words(self) -> Iterator[bytes]:
        """The same over and over."""
        return itertools.cycle(FOREIGN)


class Lies(Noise):
    """Headers that claim the longest lengths there are, and nothing behind them."""

    def words(self) -> Iterator[bytes]:
        """The same over and over."""
        return itertools.cycle(LIES)


class HelloAndBye(Attack):
    """Sessions that end in order at once; but the sockets are held open."""

    def press(self) -> None:
        """Some more."""
        arrived = [self.knock(most=HELD) for _ in range(8)]
        for sock in arrived:
            say_at_once(sock, HELLO)
        for sock in arrived:
            sock.settimeout(PATIENCE)
            ((_, welcome),) = Deframer().feed(sock.recv(4096))
            assert isinstance(welcome, Welcome)
            tell(sock, encode(2, Bye(0)))


LOUD: tuple[type[Attack], ...] = (Noise, Foreigners, Lies, HelloAndBye)
