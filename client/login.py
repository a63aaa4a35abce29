# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks: a name from the command line, and a password from where nobody else sees it."""

from collections.abc import Callable, Mapping
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Final

from common.constants import MAX_PASSWORD, MAX_USER
from common.text import forbidden_character
from control.session_messages import Login

VARIABLE: Final = "ANTIPHON_PASSWORD"  # of the environment
MOST_READ: Final = 4096  # bytes of a file's first line


class LoginError(Exception):
    """There is no password, or none that can be sent; the text is a sentence that says so."""


def user_name(text: str) -> str:
    """A name that can be sent; raises ValueError with a sentence."""
    if not _can_be_sent(text, MAX_USER):
        raise ValueError(f"a name has 1 to {MAX_USER} bytes of UTF-8, and no control characters")
    return text


def read_login(
    user: str,
    file: Path | None,
    environment: Mapping[str, str],
    ask: Callable[[str], str] | None,
) -> Login:
    """The name with its password: of the file, else of the environment, else as it is typed.

    Args:
        user: the name.
        file: whose first line is the password.
        environment: may have it in VARIABLE.
        ask: for a password at a terminal, with this prompt; None where there is no terminal.

    Raises:
        LoginError: there is none of these, or it cannot be sent.
    """
    if file is not None:
        password = _first_line(file)
    elif VARIABLE in environment:
        password = environment[VARIABLE]
    elif ask is not None:
        try:
            password = ask(f"Password of {user}: ")
        except (EOFError, OSError):
            raise LoginError("No password was given.") from None
    else:
        raise LoginError(
            f"There is no password for {user}: give --password-file FILE, set {VARIABLE}, "
            "or start this at a terminal, where it is asked for."
        )
    if not _can_be_sent(password, MAX_PASSWORD):
        raise LoginError(
            f"A password has 1 to {MAX_PASSWORD} bytes of UTF-8, and no control characters."
        )
    return Login(user, password)


def is_loopback(address: str) -> bool:
    """Whether what is sent to this numeric address stays on this machine."""
    try:
        found = ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_loopback


def _first_line(file: Path) -> str:
    try:
        with file.open("rb") as content:
            line = content.readline(MOST_READ)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LoginError(f"The password cannot be read from {file}: {reason}.") from None
    return line.removesuffix(b"\n").removesuffix(b"\r").decode(errors="surrogateescape")


def _can_be_sent(text: str, most: int) -> bool:
    size = len(text.encode(errors="replace"))
    return 0 < size <= most and forbidden_character(text) is None
