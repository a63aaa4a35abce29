# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens what lies in the music folder and nothing outside of it, wherever links lead.

Links inside are followed by name first; then the folders on the way are opened one in the other,
none of them through a link. A link that somebody puts there in between is refused, so there is no
moment at which one could be exchanged for another.
"""

import os
from typing import Final

READ: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe must not make anybody wait
_STEP: Final = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class OutsideError(Exception):
    """The path leads out of the music folder."""


def steps(root: str, path: str) -> tuple[str, list[str]]:
    """Where `root` really is, and the real names on the way from there to what `path` leads to.

    Both are absolute. Blocks on the disk.

    Raises:
        OutsideError: it leads out of `root`.
        OSError: it leads nowhere.
    """
    top = os.path.realpath(root, strict=True)
    real = os.path.realpath(path, strict=True)
    if os.path.commonpath((top, real)) != top:
        raise OutsideError
    return top, [name for name in real[len(top) :].split("/") if name]


def open_inside(root: str | None, path: str) -> int:
    """Open a file for reading; its descriptor.

    Args:
        root: the music folder; None: the file may lie anywhere.
        path: absolute.

    Raises:
        OutsideError: it leads out of `root`.
        OSError: it cannot be opened.
    """
    if root is None:
        return os.open(path, READ)
    top, names = steps(root, path)
    *folders, name = names or ["."]
    at = os.open(top, _STEP)
    try:
        for folder in folders:
            below = os.open(folder, _STEP, dir_fd=at)
            os.close(at)
            at = below
        return os.open(name, READ | os.O_NOFOLLOW, dir_fd=at)
    finally:
        os.close(at)
