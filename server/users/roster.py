# SPDX-License-Identifier: GPL-3.0-or-later
"""The users of a running server: their file, and the desk and threads that check passwords."""

import os
from pathlib import Path

from server.channel import clock
from server.deadlines import Deadlines
from server.logbook import Logbook
from server.users.elsewhere import Threads
from server.users.logins import RUNNING, Logins
from server.users.users_file import User, UsersError, UsersFile, known_to_others

EVENTS = Logbook("antiphon.server")


class Roster:
    """Who may listen, as one file has it.

    Attributes:
        logins: the desk.
    """

    def __init__(self, path: Path, deadlines: Deadlines) -> None:
        """Raises UsersError."""
        self._path = path
        self._threads = Threads(RUNNING)
        self.logins = Logins(
            _read(path),
            elsewhere=self._threads,
            deadlines=deadlines,
            random_bytes=os.urandom,
            clock=clock,
        )

    def reload(self) -> bool:
        """Read the file again; whether it could be used. If not, the users stay, and it is told."""
        try:
            self.logins.users = _read(self._path)
        except UsersError as error:
            EVENTS.warning("users_not_read", "the users stay as they were", reason=error)
            return False
        return True

    def close(self) -> None:
        """Check no more passwords."""
        self._threads.close()


def _read(path: Path) -> dict[str, User]:
    users = UsersFile.read(path).users
    if known_to_others(path):
        EVENTS.warning(
            "users_exposed", "others can read or write the file of users: chmod 600 it", path=path
        )
    EVENTS.info(
        "users_read",
        "1 user may listen" if len(users) == 1 else "{users} users may listen",
        users=len(users),
    )
    return users
