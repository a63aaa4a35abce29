# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be fuzzed: a check that holds for any bytes at all, and bytes to begin with."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from random import Random

# Name of a target -> the module whose TARGETS holds it. Only names, so that a fuzzer can watch the
# import of everything that is to be fuzzed.
MODULES = {
    "control-frames": "tests.fuzz.control",
    "control-peers": "tests.fuzz.control",
    "data-frames": "tests.fuzz.data",
    "data-peers": "tests.fuzz.data",
    "data-receiver": "tests.fuzz.receiver",
    "data-relays": "tests.fuzz.relay",
    "mp3-index": "tests.fuzz.mp3",
    "mp3-tags": "tests.fuzz.mp3",
    "index-stored": "tests.fuzz.index_codec",
    "server-tags": "tests.fuzz.library",
    "server-outcome": "tests.fuzz.library",
    "server-proxies": "tests.fuzz.proxies",
    "server-options": "tests.fuzz.settings",
    "client-options": "tests.fuzz.settings",
    "client-language": "tests.fuzz.language",
    "client-decoder": "tests.fuzz.decoder",
    "bench-traces": "tests.fuzz.traces",
}


@dataclass(frozen=True, slots=True)
class Target:
    """One decoder.

    Attributes:
        name: on the command line.
        seeds: makes inputs that reach deep, the same ones each time.
        check: takes any bytes; raises, whatever it be, where the decoder is at fault.
        longest: bytes of an input that still teach something new.
    """

    name: str
    seeds: Callable[[], Iterable[bytes]]
    check: Callable[[bytes], None]
    longest: int = 4096


def find(name: str) -> Target:
    """The target of this name; raises KeyError."""
    targets: tuple[Target, ...] = import_module(MODULES[name]).TARGETS
    (found,) = [target for target in targets if target.name == name]
    return found


def pieces(data: bytes, choice: int) -> list[bytes]:
    """`data` cut as one byte of the input chooses; 0: into single bytes. No piece is empty."""
    draw = Random(choice)
    found: list[bytes] = []
    at = 0
    while at < len(data):
        size = draw.randint(1, 1 << draw.randint(0, 9)) if choice else 1
        found.append(data[at : at + size])
        at += size
    return found


@cache
def _descriptor() -> int:
    return os.memfd_create("input")


def as_file(content: bytes) -> Path:
    """A file of this content, until the next call: in memory, so that nothing is left behind."""
    os.ftruncate(_descriptor(), 0)
    os.pwrite(_descriptor(), content, 0)
    return Path(f"/proc/self/fd/{_descriptor()}")


def head(data: bytes, size: int) -> tuple[bytes, bytes]:
    """The first `size` bytes, which choose, with zeros for those not there; and the rest."""
    return data[:size].ljust(size, b"\0"), data[size:]
