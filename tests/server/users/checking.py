# SPDX-License-Identifier: GPL-3.0-or-later
"""Users whose passwords cost nothing to check, and threads that do what the test says when it does.

ALICE's password is "right".
"""

from collections import deque
from collections.abc import Callable

from server.deadlines import Deadlines
from server.users.hashing import Cost, HashedPassword
from server.users.logins import Logins
from server.users.users_file import User

RIGHT = "right"


class Free(HashedPassword):
    """What is to be known of a password at no cost."""

    __slots__ = ()

    def fits(self, password: str) -> bool:
        return password == RIGHT


HASHED = Free(Cost(), bytes(16), bytes(32))
ALICE = User("alice", HASHED)
USERS = {"alice": ALICE}


class FakeThreads:
    """Work that waits until the test has it done."""

    def __init__(self) -> None:
        self._work: deque[tuple[Callable[[], bool], Callable[[bool | None], None]]] = deque()
        self.breaks = False

    def __call__(self, work: Callable[[], bool], done: Callable[[bool | None], None]) -> None:
        self._work.append((work, done))

    def __len__(self) -> int:
        return len(self._work)

    def finish(self, count: int = 1) -> None:
        """So many pieces of work are done, the oldest first."""
        for _ in range(count):
            work, done = self._work.popleft()
            done(None if self.breaks else work())


class Scene:
    """The desk, its threads, and its time."""

    def __init__(self, deadlines: Deadlines | None = None) -> None:
        self.now = 0.0
        self.threads = FakeThreads()
        self.deadlines = deadlines or Deadlines()
        self.logins = Logins(
            USERS,
            elsewhere=self.threads,
            deadlines=self.deadlines,
            random_bytes=bytes,
            clock=lambda: self.now,
        )

    def at(self, now: float) -> None:
        """Time passes."""
        self.now = now
        self.deadlines.run(now=now)
