# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service manager, such as systemd, hands over and is told (sd_listen_fds, sd_notify)."""

import contextlib
import os
import socket
import time
from collections.abc import Mapping, MutableMapping
from typing import Final, Protocol

FIRST: Final = 3  # the descriptor that is handed over


class HandedOverError(Exception):
    """What was handed over is of no use; the text says what is wanted."""


def handed_over(environment: Mapping[str, str], pid: int) -> int:
    """How many descriptors were handed over to the process `pid`, beginning with FIRST."""
    try:
        if int(environment["LISTEN_PID"]) != pid:
            return 0  # to somebody else, who has started us
        return int(environment["LISTEN_FDS"])
    except (KeyError, ValueError):
        return 0


def take_socket(environment: MutableMapping[str, str]) -> socket.socket | None:
    """The listening socket that was handed over, and takes it out of the environment.

    Raises HandedOverError.
    """
    count = handed_over(environment, os.getpid())
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        environment.pop(name, None)  # it is not for the programs that this one starts
    if count == 0:
        return None
    if count > 1:
        raise HandedOverError(f"one listening socket is wanted, not {count}: the control port")
    try:
        sock = socket.socket(fileno=FIRST)
    except OSError as error:
        raise HandedOverError(f"descriptor {FIRST} is no socket: {error.strerror}") from None
    listens = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    is_tcp = sock.family in {socket.AF_INET, socket.AF_INET6} and sock.type == socket.SOCK_STREAM
    if not (listens and is_tcp):
        sock.detach()
        raise HandedOverError(f"descriptor {FIRST} is no listening TCP socket")
    sock.set_inheritable(False)
    sock.setblocking(False)  # noqa: FBT003 its only name
    return sock


class Manager(Protocol):
    """Who is told how things stand."""

    def ready(self) -> None:
        """Clients can connect, or can again with what was reloaded."""

    def reloading(self) -> None:
        """The configuration is being read again; `ready` ends that."""

    def stopping(self) -> None:
        """It takes nothing new and will end by itself."""


class Notifier:
    """Tells the service manager how things stand, if there is one."""

    def __init__(self, environment: MutableMapping[str, str]) -> None:
        """Takes the address out of the environment."""
        address = environment.pop("NOTIFY_SOCKET", "")
        # "@" stands for the NUL of Linux' abstract names.
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def ready(self) -> None:
        """Clients can connect, or can again with what was reloaded."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """The configuration is being read again; `ready` ends that."""
        usec = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={usec}")

    def stopping(self) -> None:
        """It takes nothing new and will end by itself."""
        self._tell("STOPPING=1")

    def _tell(self, state: str) -> None:
        if not self._address:
            return
        # Nobody may be hurt by a manager that has gone.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)  # noqa: FBT003 its only name
            sock.sendto(state.encode(), self._address)
