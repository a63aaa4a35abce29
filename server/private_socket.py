# SPDX-License-Identifier: GPL-3.0-or-later
"""A socket in the state directory that only its owner may use, however long the path is."""

import contextlib
import os
import socket
import stat
from collections.abc import Generator
from pathlib import Path
from typing import Final

from gevent import socket as gevent_socket

LONGEST: Final = 100  # bytes of a socket's path; the kernel takes 107


@contextlib.contextmanager
def reachable(path: Path) -> Generator[str]:
    """The address of the socket at `path`. Raises OSError."""
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listen_at(path: Path, backlog: int) -> gevent_socket.socket:
    """Let the owner connect at `path`, in a folder that this server alone uses; raises OSError.

    What a server left there that was killed is taken away; anything else stays, and is in the way.
    """
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    sock = gevent_socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Before anybody can connect: bound, and not yet listening.
        with reachable(path) as address:
            sock.bind(address)
        path.chmod(0o600)
        sock.listen(backlog)
    except OSError:
        sock.close()
        raise
    return sock
