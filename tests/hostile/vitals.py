# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server process holds, as the kernel counts it."""

import resource
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.server_process import ServerProcess, until

MIB = 1 << 20
ALLOWED = 4 * MIB  # of memory that an attack may leave behind
SPARE = 512  # descriptors that an attacker leaves to its own process


@dataclass(frozen=True, slots=True)
class Vitals:
    """Memory that is the process's own, in bytes, and its open files by kind."""

    anonymous: int
    descriptors: Counter[str]


def vitals(server: ServerProcess) -> Vitals:
    """As they are now."""
    kinds = (target.split(":")[0] for target in server.descriptors().values())
    return Vitals(anonymous_memory(server.pid), Counter(kinds))


def anonymous_memory(pid: int) -> int:
    """RssAnon, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "RssAnon":
            return int(value.split()[0]) * 1024
    raise AssertionError("the kernel does not tell RssAnon")


def waited_for_a_core(pid: int) -> float:
    """Seconds that the main thread could have run and was not let; 0 where nobody counts them."""
    try:
        _, waited, _ = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return 0.0
    return int(waited) / 1e9


def await_rest(server: ServerProcess, before: Vitals) -> Vitals:
    """Wait until the server has no more files open than before; AssertionError where it keeps them.

    Returns what it holds then.
    """
    until(
        lambda: vitals(server).descriptors <= before.descriptors,  # of no kind more
        f"the descriptors of before, {before.descriptors}",
    )
    return vitals(server)


def descriptors_at_hand() -> int:
    """How many sockets this process may open, once it has raised its limit as far as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return 1 << 20 if hard == resource.RLIM_INFINITY else hard - SPARE
