# SPDX-License-Identifier: GPL-3.0-or-later
"""What a station plays: everything, a folder of the music folder, or a playlist in it."""

import os
import re
from collections.abc import Container
from pathlib import Path
from typing import Final

from common.small_file import read_small_file
from server.config import StationPlan
from server.library.track import printable
from server.library.walk import reason_of

MOST_BYTES: Final = 8 << 20  # of a playlist: some 100,000 entries

Entry = tuple[str, ...]  # the paths that a playlist's line may mean, the likeliest first

_PLAYLIST: Final = (".m3u", ".m3u8")
_URL: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]*://")


class SourceError(Exception):
    """There is nothing that a station could play; the text says what to do."""


class Everything(Container[str]):
    """Every path."""

    def __contains__(self, path: object) -> bool:
        return True


class Below(Container[str]):
    """The paths somewhere below a folder."""

    def __init__(self, folder: str) -> None:
        self._prefix = f"{folder}/"

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and path.startswith(self._prefix)


class Source:
    """Which paths a station's songs have; reads its playlist again when that has changed."""

    def __init__(self, root: Path, plan: StationPlan, *, follow_links: bool = False) -> None:
        """Look for what `plan` names inside of the folder `root`.

        Raises SourceError where it is missing, or leads out of `root` without `follow_links`.
        """
        self._root = root
        self._plan = plan
        self._place = os.path.normpath(plan.source) if plan.source else "."
        self._stamp: tuple[int, int] | None = None
        self.problem = ""  # why a playlist cannot be read any more
        self.paths: Container[str] = Everything()
        self._entries: tuple[Entry, ...] = ()  # of a playlist
        if self._place == ".":
            return
        full = self._full
        if self._leads_out(follow_links=follow_links):
            raise SourceError(f"--station {plan}: {plan.source} is not inside of {root}")
        if full.is_dir():
            self.paths = Below(self._place)
        elif not full.exists():
            raise SourceError(f"--station {plan}: there is no {plan.source} in {root}")
        elif not full.name.lower().endswith(_PLAYLIST):
            raise SourceError(
                f"--station {plan}: {plan.source} is neither a folder nor an .m3u playlist"
            )
        else:
            self.look()
            if self.problem:
                raise SourceError(f"--station {plan}: cannot read {full}: {self.problem}")

    @property
    def _full(self) -> Path:
        return self._root / self._place

    def look(self) -> bool:
        """Whether the paths may be others now, as the playlist is; it stays where it is lost."""
        if isinstance(self.paths, Below) or self._place == ".":
            return False
        try:
            status = self._full.stat()
            stamp = status.st_size, status.st_mtime_ns
            if stamp == self._stamp:
                return False
            content = read_small_file(self._full, MOST_BYTES)
        except OSError as error:
            self.problem = reason_of(error)
            return False
        self.problem = ""
        self._stamp = stamp
        # In no order: a station plays by lot.
        self._entries = entries_in(content, os.path.dirname(self._place))  # noqa: PTH120 may be no text
        self.paths = frozenset(path for entry in self._entries for path in entry)
        return True

    def missing(self, there: Container[str]) -> tuple[str, ...]:
        """The playlist's entries of which no path is `there`; none where there is no playlist."""
        return tuple(
            entry[0] for entry in self._entries if not any(path in there for path in entry)
        )

    def _leads_out(self, *, follow_links: bool) -> bool:
        if os.path.isabs(self._place) or self._place.split("/")[0] == "..":  # noqa: PTH117
            return True
        real, top = os.path.realpath(self._full), os.path.realpath(self._root)
        return not follow_links and os.path.commonpath((real, top)) != top

    def __str__(self) -> str:
        """For the log."""
        return "everything" if self._place == "." else printable(self._place)


def entries_in(content: bytes, folder: str) -> tuple[Entry, ...]:
    """What each line of a playlist that lies in `folder` may mean, in order.

    `folder` and the paths are relative to the music folder; what leads out of that is no track's.
    What is no file (radio on the web) is left out.
    """
    lines = content.removeprefix(b"\xef\xbb\xbf").splitlines()
    entries = (line.strip() for line in lines)
    found = (_paths(entry, folder) for entry in entries if entry and not entry.startswith(b"#"))
    return tuple(entry for entry in found if entry)


def _paths(entry: bytes, folder: str) -> Entry:
    paths: dict[str, None] = {}
    # Old playlists are in Latin-1, whatever the names of the files are in.
    for text in (os.fsdecode(entry), entry.decode("latin-1")):
        for name in (text, text.replace("\\", "/")):
            if not _URL.match(name) and "\0" not in name:
                path = os.path.normpath(os.path.join(folder, name))  # noqa: PTH118 may be no text
                paths[path] = None
    return tuple(paths)
