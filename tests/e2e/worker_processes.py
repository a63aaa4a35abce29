# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of a server with --workers, and listeners at each of them."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Address
from tests.e2e.server_process import ServerProcess, running_server, until


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


TWO = ("--workers", "2")


@contextmanager
def two_workers(folder: Path, *options: str) -> Generator[ServerProcess]:
    """A server of two processes; it has met no defect."""
    with running_server(folder, *TWO, *options) as server:
        yield server
        server.kill()
    assert "Traceback" not in server.log


@contextmanager
def both(server: ServerProcess) -> Generator[list[Listener]]:
    """A listener at each of them."""
    with ExitStack() as stack:
        pair = one_at_each(server.address, Listener)
        for one in pair:
            stack.callback(one.close)
        yield pair


def is_of(number: int, line: str) -> bool:
    """Whether this worker has said it."""
    return line.endswith(f" worker={number}")


def wait_for(server: ServerProcess, number: int, text: str, *, since: int = 0) -> None:
    """Until a worker has said it; `since` so many lines of all."""

    def has_come() -> bool:
        return any(is_of(number, line) and text in line for line in server.lines[since:])

    until(has_come, f"worker {number}: {text}")
