# SPDX-License-Identifier: GPL-3.0-or-later
"""A client whose relay lies to its children: what they make of it is what the bench looks at.

    python -m bench.station.liar flip[:SECONDS] OPTIONS-OF-THE-CLIENT...

To the server, which looks whether the relay is one, it is honest, and to a child for as many
SECONDS as are given (default: 0), so that the tree may grow below it first.
"""

import random
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from client.engine import Engine
from client.program import main as listen
from data.frame_header import HEADER, FrameType
from data.station.ring import Out
from data.station_frames import SERVER_NODE

SEED: Final = 1
KEPT: Final = 8  # stretches, to be told again

Lie = Callable[["Liar", list[Out]], list[Out]]


class Liar:
    """Treats what its relay sends; see `client.relay.child.Doctor`."""

    def __init__(self, lie: Lie, *, honest_for: float, clock: Callable[[], float]) -> None:
        """Honest to each child for so many seconds of `clock`."""
        self.chance = random.Random(SEED)
        self.old: list[Out] = []  # DATA and SEAL in turns, the oldest first
        self._lie = lie
        self._honest_for = honest_for
        self._clock = clock
        self._met: dict[int, float] = {}  # child -> when it was first fed

    def __call__(self, frames: list[Out]) -> list[Out]:
        """What is sent instead."""
        if not frames:
            return frames
        child = _child_of(frames[0])
        now = self._clock()
        is_honest = (
            child == SERVER_NODE or now < self._met.setdefault(child, now) + self._honest_for
        )
        told = frames if is_honest else self._lie(self, frames)
        if len(self.old) < 2 * KEPT:
            self.old += [out for out in frames if _is(out, FrameType.DATA, FrameType.SEAL)]
        return told


def flip(liar: Liar, frames: list[Out]) -> list[Out]:
    """One bit of the sound is another."""
    return [_flipped(out, liar.chance) if _is(out, FrameType.DATA) else out for out in frames]


def seal(liar: Liar, frames: list[Out]) -> list[Out]:
    """One bit of the seal is another."""
    return [_flipped(out, liar.chance) if _is(out, FrameType.SEAL) else out for out in frames]


def title(liar: Liar, frames: list[Out]) -> list[Out]:
    """The song has another name."""
    return [_flipped(out, liar.chance) if _is(out, FrameType.SONG) else out for out in frames]


def invent(liar: Liar, frames: list[Out]) -> list[Out]:
    """Sound and seals are made up."""
    made_up = (FrameType.DATA, FrameType.SEAL)
    return [
        Out(out.header, liar.chance.randbytes(len(out.payload))) if _is(out, *made_up) else out
        for out in frames
    ]


def replay(liar: Liar, frames: list[Out]) -> list[Out]:
    """What was sent before comes again, with the station offsets that it had."""
    session, stream = _address(frames[0])
    return [_readdressed(out, session, stream) for out in liar.old[:2]] or frames


def relabel(liar: Liar, frames: list[Out]) -> list[Out]:
    """What was sent before comes again as if it were new."""
    old = iter(liar.old)
    return [
        out if _is(out, FrameType.SONG) else _with_payload(out, next(old, out)) for out in frames
    ]


def swap(_: Liar, frames: list[Out]) -> list[Out]:
    """The stretches come in another order, where there are two."""
    songs = [out for out in frames if _is(out, FrameType.SONG)]
    sound = [out for out in frames if not _is(out, FrameType.SONG)]
    return [*songs, *sound[2:], *sound[:2]]


def unseal(_: Liar, frames: list[Out]) -> list[Out]:
    """The seals are left out."""
    return [out for out in frames if not _is(out, FrameType.SEAL)]


def mute(_: Liar, frames: list[Out]) -> list[Out]:
    """Nothing comes any more."""
    del frames
    return []


LIES: Final[dict[str, Lie]] = {
    lie.__name__: lie for lie in (flip, seal, title, invent, replay, relabel, swap, unseal, mute)
}


def main(arguments: list[str]) -> int:
    """Run the client that lies; its exit status."""
    kind, _, seconds = (arguments[0] if arguments else "").partition(":")
    lie = LIES.get(kind)
    if lie is None:
        print(f"Say first how to lie: {', '.join(LIES)}; then what the client is told.")
        return 2
    liar = Liar(lie, honest_for=float(seconds or 0), clock=time.monotonic)
    return listen(arguments[1:], partial(Engine, doctor=liar))


def _is(out: Out, *kinds: FrameType) -> bool:
    return HEADER.unpack(out.header)[1] in kinds


def _address(out: Out) -> tuple[int, int]:
    _, _, session, stream, _ = HEADER.unpack(out.header)
    return session, stream


def _child_of(out: Out) -> int:
    return _address(out)[0]


def _flipped(out: Out, chance: random.Random) -> Out:
    payload = bytearray(out.payload)
    payload[chance.randrange(len(payload))] ^= 1 << chance.randrange(8)
    return Out(out.header, bytes(payload))


def _readdressed(out: Out, session: int, stream: int) -> Out:
    length, kind, _, _, offset = HEADER.unpack(out.header)
    return Out(HEADER.pack(length, kind, session, stream, offset), out.payload)


def _with_payload(out: Out, other: Out) -> Out:
    """The payload of `other` under the header of `out`, but for the length."""
    _, kind, session, stream, offset = HEADER.unpack(out.header)
    if HEADER.unpack(other.header)[1] != kind:
        return out
    return Out(HEADER.pack(len(other.payload), kind, session, stream, offset), other.payload)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
