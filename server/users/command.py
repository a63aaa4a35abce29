# SPDX-License-Identifier: GPL-3.0-or-later
"""`antiphon-server user add|remove|list|check`: what an operator does with the file of users."""

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NoReturn

from server.exit_status import INTERRUPTED, drop_output
from server.library.walk import reason_of
from server.users.hashing import SALT_SIZE, HashedPassword, check_password
from server.users.users_file import User, UsersError, UsersFile, edited, user_name

PROGRAM: Final = "antiphon-server user"
MOST_TYPED: Final = 4096  # bytes of a line on standard input

_EPILOG: Final = """\
examples:
  antiphon-server user add alice --file users        asks for her password, twice
  pwgen 20 1 | antiphon-server user add bob --file users
  antiphon-server --users users ./music              only they may listen

`add` gives a user who is there another password. A running server hears of a change by SIGHUP.
A folder of music that is called user is served as ./user.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence; status 2."""
        self.exit(2, f"{PROGRAM}: {message} (--help shows how)\n")


def main(arguments: Sequence[str]) -> int:
    """Do what is asked for; the exit status."""
    given = command_line().parse_args(arguments)
    try:
        act: Callable[[argparse.Namespace], int] = given.act
        return act(given)
    except (UsersError, ValueError) as error:
        return _fail(str(error))
    except BrokenPipeError:
        return drop_output()
    except OSError as error:  # a full disk behind standard output, for one
        return _fail(reason_of(error))
    except EOFError:
        return _fail("no password was given")
    except KeyboardInterrupt:
        return INTERRUPTED


def _add(given: argparse.Namespace) -> int:
    name: str = given.name
    if os.path.exists(given.file):  # noqa: PTH110 what may not be looked at is told of by `read`
        UsersFile.read(given.file)  # before anybody types in vain
    password = _new_password(name)
    user = User(name, HashedPassword.of(password, salt=os.urandom(SALT_SIZE)))
    with edited(given.file) as file:
        is_new = name not in file.users
        file.put(user)
    _say(f"{name} may listen now" if is_new else f"{name} has another password now")
    return 0


def _remove(given: argparse.Namespace) -> int:
    name: str = given.name
    UsersFile.read(given.file)  # does not make one
    with edited(given.file) as file:
        if name not in file.users:
            raise UsersError(f"there is no user {name} in {given.file}")
        file.remove(name)
    _say(f"{name} may listen no more")
    return 0


def _list(given: argparse.Namespace) -> int:
    for name in UsersFile.read(given.file).users:
        _say(name)
    return 0


def _check(given: argparse.Namespace) -> int:
    name: str = given.name
    user = UsersFile.read(given.file).users.get(name)
    if user is None:
        raise UsersError(f"there is no user {name} in {given.file}")
    if not user.password.fits(_password(f"Password of {name}: ")):
        return _fail(f"this is not the password of {name}")
    _say(f"this is the password of {name}")
    return 0


def _name(text: str) -> str:
    try:
        return user_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _new_password(name: str) -> str:
    password = check_password(_password(f"New password of {name}: "))
    if _is_terminal() and _password("The same again: ") != password:
        raise ValueError("these were two different passwords; nothing was changed")
    return password


def _password(prompt: str) -> str:
    """Without showing it on a terminal; else a line of standard input. Raises EOFError."""
    if _is_terminal():
        return getpass.getpass(prompt)
    line = b"" if sys.stdin is None else sys.stdin.buffer.readline(MOST_TYPED)
    if not line:
        raise EOFError
    return line.removesuffix(b"\n").removesuffix(b"\r").decode(errors="surrogateescape")


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 a command line; does nothing where there is no output


def _fail(text: str) -> int:
    print(f"{PROGRAM}: {text}", file=sys.stderr)  # noqa: T201 the same
    return 1


def command_line() -> argparse.ArgumentParser:
    """What reads the command line; man pages and completion are made from it too."""
    parser = _Parser(
        prog=PROGRAM,
        description="Say who may listen to a server that is given --users FILE.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(metavar="add|remove|list|check", required=True)
    for name, act, about in (
        ("add", _add, "add a user, or give one another password"),
        ("remove", _remove, "remove a user"),
        ("list", _list, "print the names of all users"),
        ("check", _check, "tell whether a password is a user's"),
    ):
        one = actions.add_parser(name, help=about, description=f"{about.capitalize()}.")
        if act is not _list:
            one.add_argument("name", type=_name, metavar="NAME", help="1 to 64 bytes, no colon")
        one.add_argument("--file", metavar="FILE", type=Path, required=True, help="of users")
        one.set_defaults(act=act)
    return parser
