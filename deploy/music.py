# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a music folder are uploaded: those that the server would play, and playlists."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.errors import DeployError

KINDS: Final = frozenset({".mp3", ".m3u"})
PREFIX: Final = "music/"
MOST_KEY: Final = 1024  # bytes of an object's name


@dataclass(frozen=True, slots=True)
class Piece:
    """A file to upload."""

    key: str
    path: Path
    size: int  # bytes


def pieces(folder: Path) -> list[Piece]:
    """In the order of their names; links and hidden files stay. Raises DeployError."""

    def refuse(error: OSError) -> None:
        raise DeployError(f"cannot read {error.filename}: {error.strerror}")

    found: list[Piece] = []
    for where, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(where, name)
            if name.startswith(".") or path.suffix.lower() not in KINDS or path.is_symlink():
                continue
            found.append(Piece(_key(path.relative_to(folder)), path, path.stat().st_size))
    if not any(piece.key.lower().endswith(".mp3") for piece in found):
        raise DeployError(f"there is no MP3 file in {folder}: give a music folder with --music")
    return found


def _key(path: Path) -> str:
    key = PREFIX + path.as_posix()
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise DeployError(f"the name of {str(path)!r} is not UTF-8: rename the file") from None
    if size > MOST_KEY:
        raise DeployError(f"the name of {path} has more than {MOST_KEY} bytes: shorten it")
    return key
