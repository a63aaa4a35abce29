# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds every file ending in .mp3 below a folder, but for hidden ones and those in hidden folders.

Loops of links and closed doors do not stop it. Links are followed inside the folder, and out of it
only where that is wanted.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final, Literal

from server.library.inside import OutsideError, steps

Stamp = tuple[int, int]  # (size in bytes, mtime_ns)
NO_FILE: Final = "it is a pipe, a socket or a device"
Entries = Iterator[os.DirEntry[str]]


@dataclass(slots=True)
class Walk:
    """What one walk saw.

    Attributes:
        files: relative path -> stamp, in ascending order of path.
        folders: relative paths of the folders that were read, the root being "".
        problems: (relative path, reason) of each folder or file that could not be looked at.
        outside: relative paths of the links that lead out of the folder and were not followed.
    """

    files: dict[str, Stamp] = field(default_factory=dict[str, Stamp])
    folders: list[str] = field(default_factory=list[str])
    problems: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    outside: list[str] = field(default_factory=list[str])


def is_hidden(name: str) -> bool:
    """Whether a name asks not to be seen: what copying leaves behind (`._song.mp3`), a bin."""
    return name.startswith(".")


def is_mp3(name: str) -> bool:
    """Whether a name asks to be taken for MP3; the bytes decide later."""
    return name[-4:].lower() == ".mp3"


def reason_of(error: OSError) -> str:
    """The operating system's own words for a failure, without the path."""
    return error.strerror or str(error)


def walk(
    root: str,
    *,
    follow_links: bool = False,
    enter: Callable[[str], None] = lambda _folder: None,
    scandir: Callable[[str], AbstractContextManager[Entries]] = os.scandir,
) -> Walk:
    """Walk the whole tree. Blocks on the disk: run it in a thread.

    Args:
        root: the music folder.
        follow_links: out of the folder, too.
        enter: called with each folder's relative path before it is read, so that a watch set there
            misses nothing that is added while the walk goes on.
        scandir: opens a folder (a test's way to have an unreadable one, whoever runs it).

    A folder is read once, by (device, inode), which ends every loop of links. Links to folders wait
    until everything else was read, so that a new link never renames the files it leads to.
    """
    result = Walk()
    found: dict[str, Stamp] = {}
    seen: set[tuple[int, int]] = set()
    waiting, links = [""], list[str]()
    while waiting or links:
        if not waiting:
            waiting, links = links, []
        folder = waiting.pop()
        try:
            full = os.path.join(root, folder)  # noqa: PTH118 - names are not always text
            status = os.stat(full)  # noqa: PTH116 - the same
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            enter(folder)
            with scandir(full) as entries:
                for entry in entries:
                    if is_hidden(entry.name):
                        continue
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    try:
                        seen_there = _look(root, entry, path, follow_links=follow_links)
                        if seen_there is True:
                            (links if entry.is_symlink() else waiting).append(path)
                        elif seen_there is not None:
                            found[path] = seen_there
                    except OutsideError:
                        result.outside.append(path)
                    except OSError as error:
                        # A dangling link, or one that leads to itself.
                        result.problems.append((path, reason_of(error)))
        except OSError as error:
            result.problems.append((folder, reason_of(error)))
            continue
        result.folders.append(folder)
    result.files = dict(sorted(found.items()))
    return result


def _look(
    root: str, entry: os.DirEntry[str], path: str, *, follow_links: bool
) -> Literal[True] | Stamp | None:
    """True for a folder, the stamp of a file that is wanted, None for anything else.

    Raises OutsideError and OSError.
    """
    is_folder = entry.is_dir()
    if not is_folder and not is_mp3(entry.name):
        return None
    if entry.is_symlink() and not follow_links:
        steps(root, os.path.join(root, path))  # noqa: PTH118 - names are not always text
    if is_folder:
        return True
    status = entry.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(NO_FILE)
    return status.st_size, status.st_mtime_ns
