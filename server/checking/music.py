# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at the music folder, and at what its stations would play."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Final

from server.checking.finding import Finding, count, error, good, warning
from server.config import Config
from server.library.walk import Entries, Walk, is_mp3, reason_of, walk
from server.station.sources import Source, SourceError

PATIENCE: Final = 5.0  # seconds for the folder; a server starts long before it knows all of it
_FOLDER: Final = "folder"
_STATION: Final = "station"


class _EnoughError(Exception):
    """It takes too long."""


class _Counting:
    """Opens folders for a walk, counts what is in them, and ends it when its time is over."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.files = 0
        self._clock = clock
        self._until = clock() + PATIENCE

    def scandir(self, folder: str) -> AbstractContextManager[Entries]:
        if self._clock() >= self._until:
            raise _EnoughError
        with os.scandir(folder) as entries:
            self.files += sum(is_mp3(entry.name) for entry in entries)
        return os.scandir(folder)


def look_at_folder(
    config: Config, *, clock: Callable[[], float] = time.monotonic
) -> tuple[list[Finding], Walk | None]:
    """What is there, and the whole of it where that did not take too long."""
    try:
        with os.scandir(config.folder):
            pass
    except OSError as problem:
        text = f"the music folder {config.folder} cannot be used: {reason_of(problem)}"
        return [error(_FOLDER, text)], None
    counting = _Counting(clock)
    root = os.path.abspath(config.folder)  # noqa: PTH100 - as the library has it
    try:
        seen = walk(root, follow_links=config.follow_links, scandir=counting.scandir)
    except _EnoughError:
        text = f"{counting.files} MP3 files and more in {config.folder}; not all were looked at"
        return [good(_FOLDER, text)], None
    return list(_told(config, seen)), seen


def _told(config: Config, seen: Walk) -> Iterator[Finding]:
    if seen.files:
        yield good(_FOLDER, f"{count(len(seen.files), 'MP3 file')} in {config.folder}")
    else:
        yield warning(_FOLDER, f"no MP3 files in {config.folder} yet")
    if seen.problems:
        path, reason = seen.problems[0]
        what = count(len(seen.problems), "file or folder", "files or folders")
        yield warning(_FOLDER, f"{what} cannot be read, such as {path or '.'} ({reason})")
    if seen.outside:
        what = count(len(seen.outside), "link leads", "links lead")
        yield warning(
            _FOLDER,
            f"{what} out of it, such as {seen.outside[0]}, and is left out: --follow-links"
            " would serve it",
        )


def look_at_stations(config: Config, seen: Walk | None) -> Iterator[Finding]:
    """What each would play, of what was `seen` in the folder."""
    for plan in config.stations:
        try:
            source = Source(config.folder, plan, follow_links=config.follow_links)
        except SourceError as problem:
            yield error(_STATION, str(problem))
            continue
        if seen is None:
            yield good(_STATION, f"{plan.name} plays {source}")
            continue
        songs = sum(path in source.paths for path in seen.files)
        text = f"{plan.name} plays {source}: {count(songs, 'song')}"
        if songs == 0:
            yield warning(_STATION, f"{text}; it is silent until there are some")
        else:
            yield good(_STATION, text)
