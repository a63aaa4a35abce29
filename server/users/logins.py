# SPDX-License-Identifier: GPL-3.0-or-later
"""The desk where passwords are checked: few at a time, elsewhere, and failures answered late.

A check has a place from HELLO on, or there is none: BUSY. An address keeps its place until the
answer to a failure was due, also where the client has gone before: else closing and coming again
would be quicker than to wait.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from common.errors import ErrorCode, ProtocolError
from control.session_messages import Login
from server.deadlines import Deadlines
from server.logbook import Logbook
from server.sessions import RandomBytes, limit_key
from server.users.attempts import Attempts
from server.users.hashing import HASH_SIZE, SALT_SIZE, Cost, HashedPassword
from server.users.users_file import User, normal

EVENTS = Logbook("antiphon.server")

RUNNING: Final = 2  # checks at a time; each has a thread and 16 MiB
PLACES: Final = 32  # checks that run or wait
PLACES_PER_ADDRESS: Final = 8  # those of one address, and its failures that wait to be answered

NEEDED: Final = "the server serves only users that it knows"
FAILED: Final = "the server knows no such user with this password"
UNCHECKED: Final = "the password cannot be checked just now"
FULL: Final = "too many passwords are being checked"
SHARE: Final = "too many passwords from your address are being checked"

Outcome = User | ErrorCode  # LOGIN_FAILED or INTERNAL


class Elsewhere(Protocol):
    """Has work done in another thread."""

    def __call__(self, work: Callable[[], bool], done: Callable[[bool | None], None]) -> None:
        """Returns at once. `done` is called in this thread, with None where the work failed."""
        ...


@dataclass(slots=True, eq=False)
class Check:
    """One HELLO whose password is being checked."""

    login: Login
    peer: str  # where it came from
    address: str  # what places are counted by
    since: float  # when HELLO came
    tell: Callable[[Outcome], None] | None  # None: nobody wants to know any more
    leave: Callable[["Check"], None]  # gives its place back
    user: User | None = None  # who it is checked against; None: an unknown name
    answer_at: float | None = None  # of a failure

    def deadline(self) -> float | None:
        """When the failure is answered."""
        return self.answer_at

    def tick(self, *, now: float) -> None:
        """It is answered, and the place is free."""
        if self.answer_at is not None and now >= self.answer_at:
            self.answer_at = None
            self.finish(ErrorCode.LOGIN_FAILED)

    def finish(self, outcome: Outcome) -> None:
        """Give the place back, and tell whoever still wants to know."""
        self.leave(self)
        tell, self.tell = self.tell, None
        if tell is not None:
            tell(outcome)


class Logins:
    """Who may listen, and all checks under way."""

    def __init__(
        self,
        users: Mapping[str, User],
        *,
        elsewhere: Elsewhere,
        deadlines: Deadlines,
        random_bytes: RandomBytes,
        clock: Callable[[], float],
    ) -> None:
        """`clock` gives the time, in seconds, at which a check ends."""
        self._elsewhere = elsewhere
        self._deadlines = deadlines
        self._clock = clock
        self._attempts = Attempts()
        self._waiting: dict[Check, None] = {}  # in the order in which they came
        self._running = 0
        self._places: Counter[str] = Counter()  # by address
        self._salt, self._nothing = random_bytes(SALT_SIZE), random_bytes(HASH_SIZE)
        self.users = users

    @property
    def users(self) -> Mapping[str, User]:
        """Who may listen."""
        return self._users

    @users.setter
    def users(self, users: Mapping[str, User]) -> None:
        self._users = users
        # A name that nobody has costs as much as the dearest one that somebody has.
        costs = [user.password.cost for user in users.values()]
        cost = max(costs, key=lambda cost: cost.work, default=Cost())
        self._nobody = HashedPassword(cost, self._salt, self._nothing)

    def __len__(self) -> int:
        return self._running + len(self._waiting)

    def knows(self, user: User) -> bool:
        """Whether this is still a user, with the same password."""
        return self._users.get(user.name) == user

    def begin(
        self, login: Login, address: str, tell: Callable[[Outcome], None], *, now: float
    ) -> Check:
        """Check a password; `tell` is called later, once, unless it is dropped before.

        Raises ProtocolError(BUSY).
        """
        who = limit_key(address)
        if self._places[who] >= PLACES_PER_ADDRESS:
            raise ProtocolError(ErrorCode.BUSY, SHARE)
        if len(self) >= PLACES:
            raise ProtocolError(ErrorCode.BUSY, FULL)
        check = Check(login, address, who, now, tell, self._leave)
        self._places[who] += 1
        self._waiting[check] = None
        self._start()
        return check

    def drop(self, check: Check) -> None:
        """Nobody wants to know any more. May be called again."""
        check.tell = None
        if check in self._waiting:
            del self._waiting[check]
            self._leave(check)

    def _start(self) -> None:
        while self._waiting and self._running < RUNNING:
            check = next(iter(self._waiting))
            del self._waiting[check]
            self._running += 1
            check.user = self._users.get(normal(check.login.user))
            hashed = self._nobody if check.user is None else check.user.password
            work = partial(hashed.fits, check.login.password)
            self._elsewhere(work, partial(self._done, check))

    def _done(self, check: Check, fits: bool | None) -> None:  # noqa: FBT001 what it came to
        self._running -= 1
        self._start()
        user = check.user
        if fits is None:
            check.finish(ErrorCode.INTERNAL)
        elif fits and user is not None and self.knows(user):
            check.finish(user)
        else:
            self._failed(check)

    def _failed(self, check: Check) -> None:
        name = normal(check.login.user)
        delay = self._attempts.failed(check.address, name, now=self._clock())
        if check.user is None:
            # Not the name: who is in a hurry types the password there.
            EVENTS.info(
                "login_failed",
                "a wrong password for an unknown name from {peer}",
                peer=check.peer,
            )
        else:
            EVENTS.info(
                "login_failed",
                "a wrong password for “{user}” from {peer}",
                user=name,
                peer=check.peer,
            )
        check.answer_at = check.since + delay
        self._deadlines.watch(check)

    def _leave(self, check: Check) -> None:
        self._places[check.address] -= 1
        if not self._places[check.address]:
            del self._places[check.address]
