# SPDX-License-Identifier: GPL-3.0-or-later
"""The users of a running server: their file, and the desk and threads that check passwords."""

import logging
import os
from pathlib import Path

from server.channel import clock
from server.deadlines import Deadlines
from server.users.elsewhere import Threads
from server.users.logins import RUNNING, Logins
from server.users.users_file import User, UsersError, UsersFile, known_to_others

LOG = logging.getLogger("antiphon.server")


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
            LOG.warning("the users stay as they were: %s", error)
            return False
        return True

    def close(self) -> None:
        """Check no more passwords."""
        self._threads.close()


def _read(path: Path) -> dict[str, User]:
    users = UsersFile.read(path).users
    if known_to_others(path):
        LOG.warning("others can read or write %s: chmod 600 it", path)
    LOG.info("%d %s may listen", len(users), "user" if len(users) == 1 else "users")
    return users
