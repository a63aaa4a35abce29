# SPDX-License-Identifier: GPL-3.0-or-later
"""Between the parent and a worker: one socket, which is the worker's standard input.

The parent sends the task, with the folder that it was started in and, where somebody handed one to
it, the listening socket. The worker says how it stands, as it would to a service manager, why it
cannot go on, and once in a while that it is alive. Whoever
finds the other end closed knows that the other process is no more, however it died.
"""

import json
import os
import socket
from collections import deque
from dataclasses import asdict, dataclass
from typing import Final

from server.config import Share

STDIN: Final = 0
LONGEST: Final = 16 * 1024  # bytes of a message; a path has at most 4096
READY: Final = b"ready"
RELOADING: Final = b"reloading"
STOPPING: Final = b"stopping"
ALIVE: Final = b"alive"
FAILED: Final = b"failed "  # and why
BEAT: Final = 1.0  # seconds between two ALIVEs
MOST_UNSENT: Final = 8  # words that wait for a parent that does not listen; older ones go


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker cannot read from its command line.

    Attributes:
        share: which one it is.
        port: the control port, where that was left open.
        state: the directory that keeps ids and indexes, where none was given.
        words: the command line.
    """

    share: Share
    port: int
    state: str | None
    words: tuple[str, ...]


def pair() -> tuple[socket.socket, socket.socket]:
    """The parent's end and the worker's."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def give(sock: socket.socket, task: Task, listening: socket.socket | None) -> None:
    """The parent's first words; raises OSError where the worker is no more."""
    folder = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        passed = [folder] if listening is None else [folder, listening.fileno()]
        socket.send_fds(sock, [json.dumps(asdict(task)).encode()], passed)
    finally:
        os.close(folder)


def take(sock: socket.socket) -> tuple[Task, socket.socket | None]:
    """Take the task, go where the parent is, and take the listening socket, if there is one.

    Raises EOFError where there is no parent.
    """
    data, passed, _flags, _address = socket.recv_fds(sock, LONGEST, 2)
    if not data:
        raise EOFError("there is no parent")
    folder, *listening = passed
    os.fchdir(folder)
    os.close(folder)
    fields = json.loads(data)
    task = Task(Share(**fields["share"]), fields["port"], fields["state"], tuple(fields["words"]))
    if not listening:
        return task, None
    handed = socket.socket(fileno=listening[0])
    handed.set_inheritable(False)
    handed.setblocking(False)  # noqa: FBT003 its only name
    return task, handed


class ToParent:
    """Tells the parent how the worker stands (as `server.service_manager.Notifier` does)."""

    def __init__(self, sock: socket.socket) -> None:
        """`sock` is the worker's end."""
        self._sock = sock
        self._unsent: deque[bytes] = deque(maxlen=MOST_UNSENT)

    def ready(self) -> None:
        """Clients can connect, or can again with what was reloaded."""
        self._tell(READY)

    def reloading(self) -> None:
        """The configuration is being read again; `ready` ends that."""
        self._tell(RELOADING)

    def stopping(self) -> None:
        """It takes nothing new and will end by itself."""
        self._tell(STOPPING)

    def failed(self, reason: str) -> None:
        """It cannot serve, and ends; a sentence says why."""
        self._tell(FAILED + reason.encode(errors="backslashreplace")[: LONGEST - len(FAILED)])

    def alive(self) -> None:
        """To be said every BEAT seconds; also says again what the parent had no room for."""
        if not self._unsent:
            self._unsent.append(ALIVE)
        self._flush()

    def _tell(self, word: bytes) -> None:
        self._unsent.append(word)
        self._flush()

    def _flush(self) -> None:
        try:
            while self._unsent:
                self._sock.send(self._unsent[0], socket.MSG_DONTWAIT)
                self._unsent.popleft()
        except BlockingIOError:  # the parent is stopped; it still wants to know when it goes on
            return
        except OSError:  # the parent has gone, and this process is about to
            self._unsent.clear()
