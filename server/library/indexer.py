# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that reads files: paths on standard input, indexes and tags on standard output.

It is a process of its own so that reading thousands of files never holds up the server's hub, and
so that a file that kills its reader kills nothing else. It ends when its input does.
"""

import fcntl
import os
import resource
import signal
import stat
import sys
from collections.abc import Callable
from typing import BinaryIO

from data.index import NotMp3, index_audio
from server.library.inside import OutsideError, open_inside
from server.library.outcome import (
    REQUEST,
    Busy,
    Indexed,
    Missing,
    Outcome,
    Outside,
    Refused,
    Unreadable,
    encode,
)
from server.library.tags import read_tags
from server.library.track import clean, title_of
from server.library.walk import NO_FILE, reason_of

NICENESS = 10  # below whatever serves listeners
MEMORY = 2 << 30  # bytes of address space; a file that asks for more is refused, the machine lives


def open_file(root: str | None, path: str) -> BinaryIO:
    """Open for reading, without waiting should the path have become a pipe; see `open_inside`."""
    return open(open_inside(root, path), "rb")  # noqa: PTH123


def read_file(
    path: str,
    *,
    settled: bool,
    root: str | None = None,
    opener: Callable[[str | None, str], BinaryIO] = open_file,
) -> Outcome:
    """Index one file.

    Args:
        path: absolute.
        settled: the file has not changed for a while: read it even if somebody has it open.
        root: the folder that it must not lead out of; None: it may.
        opener: how to open it (a test's way to have an unreadable one, whoever runs it).
    """
    try:
        with opener(root, path) as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                return Unreadable(NO_FILE)
            if not settled and _being_written(file):
                return Busy()
            outcome = _index(file, path, before.st_size, before.st_mtime_ns)
            after = os.fstat(file.fileno())
    except OutsideError:
        return Outside()
    except FileNotFoundError:
        return Missing()
    except OSError as error:
        return Unreadable(reason_of(error))
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return outcome if same else Busy()


def _index(file: BinaryIO, path: str, size: int, mtime_ns: int) -> Outcome:
    try:
        index = index_audio(file)
    except NotMp3 as error:
        return Refused(clean(str(error)), size, mtime_ns)
    except MemoryError:
        return Refused("reading it takes too much memory", size, mtime_ns)
    tags = read_tags(file)
    return Indexed(
        title=tags.title or title_of(path),
        artist=tags.artist,
        album=tags.album,
        duration_ms=index.duration_ms,
        digest=index.digest,
        size=size,
        mtime_ns=mtime_ns,
        problem=tags.problem,
        index=index.to_bytes(),
    )


def _being_written(file: BinaryIO) -> bool:
    """Whether anybody has the file open for writing: the kernel refuses a read lease just then.

    Where leases are not to be had (another owner, a network file system), the answer is no, and
    the file is read once more when it is closed or found changed.
    """
    try:
        fcntl.fcntl(file.fileno(), fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.fcntl(file.fileno(), fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def main() -> None:
    """Answer requests until standard input ends."""
    # Ctrl-C reaches the whole process group; the server closes our input when it has finished.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The kernel's way of saying that a lease is in somebody's way; it is given back at once anyway.
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    os.nice(NICENESS)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(REQUEST.size)) == REQUEST.size:
        length, within, settled = REQUEST.unpack(head)
        path = source.read(length)
        root = os.fsdecode(path[:within]) if within else None
        answers.write(encode(read_file(os.fsdecode(path), settled=settled, root=root)))
        answers.flush()


if __name__ == "__main__":
    main()
