# SPDX-License-Identifier: GPL-3.0-or-later
"""The users of a server, and how it starts with them."""

import logging
from pathlib import Path

import gevent
import pytest

from control.session_messages import Login
from server.app import App
from server.channel import clock
from server.config import Config
from server.deadlines import Deadlines
from server.starting import StartError
from server.users.hashing import HashedPassword
from server.users.logins import Outcome
from server.users.roster import Roster
from server.users.users_file import User, UsersError, edited
from tests.server.library.files import until

ALICE = User("alice", HashedPassword.of("geheim", salt=bytes(16)))
BOB = User("bob", ALICE.password)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "users"
    with edited(made) as file:
        file.put(ALICE)
    return made


def test_a_password_is_checked_in_another_thread(path: Path) -> None:
    roster, told = Roster(path, Deadlines()), list[Outcome]()
    for name in ("alice", "alice", "alice"):
        roster.logins.begin(Login(name, "geheim"), "10.0.0.1", told.append, now=clock())
    until(lambda: len(told) == 3)
    assert told == [ALICE] * 3
    roster.close()


def test_the_file_is_read_again_when_asked(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "antiphon.server")
    roster = Roster(path, Deadlines())
    with edited(path) as file:
        file.put(BOB)
        file.remove("alice")
    assert roster.logins.knows(ALICE)
    assert roster.reload()
    assert not roster.logins.knows(ALICE)
    assert roster.logins.knows(BOB)
    path.write_text("bob:geheim\n")
    assert not roster.reload()
    assert roster.logins.knows(BOB)
    assert "the users stay as they were" in caplog.text
    assert ", line 1: " in caplog.text
    assert "geheim" not in caplog.text
    path.unlink()
    assert not roster.reload()
    assert roster.logins.knows(BOB)


def test_a_file_that_others_can_read_is_told_of(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Roster(path, Deadlines())
    assert "others can" not in caplog.text
    path.chmod(0o640)
    Roster(path, Deadlines())
    assert "others can read or write the file of users: chmod 600 it" in caplog.text
    assert f"path={path}" in caplog.text


def test_a_damaged_file_is_no_roster(path: Path) -> None:
    path.write_text("alice\n")
    with pytest.raises(UsersError, match="line 1"):
        Roster(path, Deadlines())


class TestStart:
    """A whole server."""

    def test_with_users_and_without_tls_it_stays_on_loopback(self, path: Path) -> None:
        folder = path.parent
        for host in ("", "0.0.0.0", "192.0.2.7"):  # noqa: S104 what it is about
            with pytest.raises(StartError, match="passwords and music could be read"):
                App(Config(folder=folder, port=0, host=host, users=path))
        for config in (
            Config(folder=folder, port=0, host="127.0.0.1", users=path),
            Config(folder=folder, port=0, host="", users=path, insecure=True),
        ):
            app = App(config)
            running = gevent.spawn(app.run)
            app.stop()
            running.get(timeout=30)

    def test_without_its_file_it_does_not_start(self, path: Path) -> None:
        for users, why in ((path.parent / "none", "No such file"), (path.parent, "Is a directory")):
            with pytest.raises(StartError, match=why):
                App(Config(folder=path.parent, port=0, host="127.0.0.1", users=users))
