# SPDX-License-Identifier: GPL-3.0-or-later
"""A hostile peer: `python -m bench.chaos.hostile HOST PORT SECONDS SEED` floods a server.

It opens connections as fast as it can and says nothing, nonsense, half a HELLO, many requests at
once, or a HELLO with a secret that it guesses; some it resets, some it leaves open to the end.
"""

import contextlib
import random
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Final

from common.constants import VERSION
from control.framing import encode
from control.music_messages import List, Play, StartKind
from control.session_messages import NO_SECRET, Hello, Ping

OPEN: Final = 200  # connections at most
PAUSE: Final = 0.002  # seconds between two
PATIENCE: Final = 1.0  # seconds for a connection to be accepted
REQUESTS: Final = 200  # at once


def hello(session: int = 0, secret: bytes = NO_SECRET) -> bytes:
    """A HELLO that a server takes."""
    return encode(1, Hello(VERSION, VERSION, session, secret, "hostile/1"))


def silence(_dice: random.Random) -> bytes:
    """Nothing."""
    return b""


def nonsense(dice: random.Random) -> bytes:
    """Bytes of no protocol."""
    return dice.randbytes(dice.randrange(1, 3000))


def half(dice: random.Random) -> bytes:
    """The beginning of a HELLO."""
    whole = hello()
    return whole[: dice.randrange(1, len(whole))]


def requests(dice: random.Random) -> bytes:
    """A session, and at once more requests than anybody types."""
    said = [hello()]
    for number in range(2, REQUESTS):
        play = Play(dice.randrange(1, 20), number, StartKind.TIME, 0, 65536)
        said.append(encode(number, dice.choice((List(), play, Ping(number)))))
    return b"".join(said)


def guess(dice: random.Random) -> bytes:
    """A HELLO for somebody else's session."""
    return hello(dice.randrange(1, 1 << 31), dice.randbytes(16))


KINDS: Final[tuple[Callable[[random.Random], bytes], ...]] = (
    silence,
    nonsense,
    half,
    requests,
    guess,
)


def flood(host: str, port: int, seconds: float, dice: random.Random) -> int:
    """Do it for so long; how many connections were made."""
    end = time.monotonic() + seconds
    made, held = 0, list[socket.socket]()
    try:
        while time.monotonic() < end:
            time.sleep(PAUSE)
            with contextlib.suppress(OSError):
                sock = socket.create_connection((host, port), PATIENCE)
                made += 1
                held.append(sock)
                sock.setblocking(False)  # noqa: FBT003 - its only name
                sock.send(dice.choice(KINDS)(dice))
                if dice.random() < 0.5:
                    _reset(held.pop(dice.randrange(len(held))))
            if len(held) > OPEN:
                _reset(held.pop(0))
    finally:
        for sock in held:
            sock.close()
    return made


def _reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def main() -> None:
    """As the command line says."""
    host, port, seconds, seed = sys.argv[1:]
    print(flood(host, int(port), float(seconds), random.Random(seed)))


if __name__ == "__main__":
    main()
