# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of users: one line a user, read whole, and exchanged whole for another.

A line is NAME:scrypt:N:R:P:SALT:HASH. Empty lines, and those that begin with #, are the operator's.
"""

import contextlib
import fcntl
import os
import stat
import tempfile
import unicodedata
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from common.constants import MAX_USER
from common.small_file import read_small_file
from server.library.walk import reason_of
from server.users.hashing import HashedPassword

MOST_BYTES: Final = 4 << 20  # of a file; some 25,000 users
MOST_TOLD: Final = 5  # lines of which is told what is wrong with them
OWNER_ONLY: Final = 0o600


class UsersError(Exception):
    """The file of users is of no use as it is; the text tells the operator why."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may listen."""

    name: str
    password: HashedPassword


@dataclass(slots=True)
class UsersFile:
    """The lines of a file, and the users in it by name."""

    lines: list[str] = field(default_factory=list[str])
    users: dict[str, User] = field(default_factory=dict[str, User])

    @classmethod
    def parse(cls, content: bytes, *, name: str) -> Self:
        """Raises UsersError, which names the lines of the file `name` that are wrong."""
        try:
            lines = content.decode().splitlines()
        except UnicodeDecodeError as error:
            number = content[: error.start].count(b"\n") + 1
            raise UsersError(f"{name}, line {number}: this is not UTF-8") from None
        found = cls(lines)
        seen: dict[str, int] = {}
        wrong: list[str] = []
        for number, line in enumerate(lines, 1):
            if not _is_user(line):
                continue
            try:
                user = _user(line)
            except ValueError as error:
                wrong.append(f"{name}, line {number}: {error}")
                continue
            first = seen.setdefault(user.name, number)
            if first != number:
                wrong.append(f"{name}, line {number}: {user.name} is in line {first} already")
            found.users[user.name] = user
        if wrong:
            rest = len(wrong) - MOST_TOLD
            more = [f"and {rest} more lines"] if rest > 0 else []
            raise UsersError("; ".join([*wrong[:MOST_TOLD], *more]))
        return found

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises UsersError."""
        try:
            content = read_small_file(path, MOST_BYTES)
        except OSError as error:
            raise UsersError(f"cannot read {path}: {reason_of(error)}") from None
        return cls.parse(content, name=str(path))

    def put(self, user: User) -> None:
        """Add a user at the end, or exchange the line that is there."""
        line = f"{user.name}:{user.password}"
        if user.name in self.users:
            self.lines[self._index(user.name)] = line
        else:
            self.lines.append(line)
        self.users[user.name] = user

    def remove(self, name: str) -> None:
        """Raises KeyError where there is no such user."""
        del self.users[name]
        del self.lines[self._index(name)]

    def to_bytes(self) -> bytes:
        """The file."""
        return "".join(f"{line}\n" for line in self.lines).encode()

    def _index(self, name: str) -> int:
        return next(
            index
            for index, line in enumerate(self.lines)
            if _is_user(line) and _user(line).name == name
        )


def normal(name: str) -> str:
    """The form in which names are compared: one keyboard writes é in one character, one in two."""
    return unicodedata.normalize("NFC", name)


def user_name(text: str) -> str:
    """A name that may stand in the file, and in a log; raises ValueError with a sentence."""
    name = normal(text)
    if not name.isprintable() or not 0 < len(name.encode()) <= MAX_USER:
        raise ValueError(f"a name has 1 to {MAX_USER} bytes of UTF-8, and no control characters")
    if ":" in name or name.startswith("#") or name != name.strip():
        raise ValueError("a name has no colon, does not begin with #, and no blank is at its ends")
    return name


def known_to_others(path: Path) -> bool:
    """Whether others than its owner may read or write the file."""
    try:
        return bool(path.stat().st_mode & ~OWNER_ONLY & 0o777)
    except OSError:
        return False


@contextlib.contextmanager
def edited(path: Path) -> Generator[UsersFile]:
    """The file, to be changed in the block and written at its end; others wait meanwhile.

    A file that does not exist is made. Raises UsersError, and then changes nothing.
    """
    real = Path(os.path.realpath(path))  # a link to the file stays one
    try:
        folder = os.open(real.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UsersError(f"cannot write {path}: {reason_of(error)}") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # the file itself is another one after each change
        before = real.stat() if real.exists() else None
        file = UsersFile() if before is None else UsersFile.read(path)
        yield file
        _exchange(real, file.to_bytes(), before)
        os.fsync(folder)
    except OSError as error:
        raise UsersError(f"cannot write {path}: {reason_of(error)}") from None
    finally:
        os.close(folder)


def _exchange(path: Path, content: bytes, before: os.stat_result | None) -> None:
    if before is not None and not stat.S_ISREG(before.st_mode):
        raise OSError("it is no file")
    # For its owner alone, as the module says that it makes them.
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(number, "wb") as file:  # noqa: PTH123 a descriptor
            if before is not None and (before.st_uid, before.st_gid) != (os.getuid(), os.getgid()):
                os.fchown(number, before.st_uid, before.st_gid)  # the server's, where root edits it
            file.write(content)
            file.flush()
            os.fsync(number)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _is_user(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _user(line: str) -> User:
    name, _, password = line.partition(":")
    return User(user_name(name), HashedPassword.parse(password))
