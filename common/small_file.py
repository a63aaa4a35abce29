# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the small files that people name: settings, users, certificates and keys.

The one place of this room that reaches a disk, for both shells: a server reads such a file while
it serves, where a pipe that nobody writes to would hold up everybody, and /dev/zero for ever.
"""

import errno
import os
import stat
from typing import Final

NO_FILE: Final = "it is a pipe, a socket or a device, and a file is wanted"

_READ: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe must not make anybody wait


def read_small_file(path: str | os.PathLike[str], most: int) -> bytes:
    """What is in a file, which may be reached by links.

    Args:
        path: of the file.
        most: bytes that it may have.

    Raises:
        OSError: it cannot be read, is no regular file, or has more; `strerror` says why.
        ValueError: the path has a NUL.
    """
    descriptor = os.open(path, _READ)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, NO_FILE, path)
        content = bytearray()
        # What its size is said to be is no bound: it grows, and files below /proc have none.
        while len(content) <= most:
            part = os.read(descriptor, most + 1 - len(content))
            if not part:
                return bytes(content)
            content += part
        raise OSError(errno.EFBIG, f"it has more than {_size(most)}", path)
    finally:
        os.close(descriptor)


def _size(count: int) -> str:
    """As people say it, of what is a power of two."""
    for unit, shift in (("MiB", 20), ("KiB", 10)):
        if count >= 1 << shift:
            return f"{count >> shift} {unit}"
    return f"{count} bytes"
