# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of a server with --workers, and listeners at each of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from tests.e2e.raw_control import Address
from tests.e2e.server_process import until


class HasSession(Protocol):
    """Whoever has a session at a server."""

    session: int

    def bye(self) -> object:
        """End it in order."""


S = TypeVar("S", bound=HasSession)


def workers_of(parent: int) -> dict[int, int]:
    """The processes of the workers, by their numbers."""
    found: dict[int, int] = {}
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    for pid in map(int, children.split()):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"server.workers.worker" in words:
            found[int(words[-2])] = pid
    return found


def is_gone(pid: int) -> bool:
    """Whether a process runs no more, though nobody may have asked for its end yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
    except FileNotFoundError:
        return True
    return state.split()[0] == "Z"


def worker_at(session: int, *, of: int = 2) -> int:
    """Whose session it is: they share out the numbers."""
    return (session - 1) % of + 1


def one_at_each(address: Address, come: Callable[[Address], S], *, of: int = 2) -> list[S]:
    """A listener at each worker, in order: they come until chance has led one to everybody."""
    found: dict[int, S] = {}

    def have_come() -> bool:
        one = come(address)
        if found.setdefault(worker_at(one.session, of=of), one) is not one:
            # In order, for a session that is cut off is kept: while a worker starts, all go to the
            # other one, and soon there would be no more for their address.
            one.bye()
        return len(found) == of

    until(have_come, "somebody at each worker")
    return [found[number] for number in sorted(found)]
