# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that somebody may be writing: they are read once they have been quiet for a while."""

import math
from collections.abc import Callable

from server.library.walk import Stamp


class Settling:
    """Each file with its stamp, and when to look at it again; owns no clock and no greenlet."""

    def __init__(self, quiet: float, stamp: Callable[[str], Stamp | None]) -> None:
        """Wait for nothing yet.

        Args:
            quiet: seconds in which a file must not have changed.
            stamp: looks at the file at a path below the music folder; None if there is none.
        """
        self._quiet = quiet
        self._stamp = stamp
        self._files: dict[str, tuple[float, Stamp | None]] = {}

    def __contains__(self, path: object) -> bool:
        return path in self._files

    def wait(self, path: str, *, now: float) -> None:
        """Somebody may have written to the file just now."""
        self._files[path] = (now + self._quiet, self._stamp(path))

    def forget(self, path: str) -> None:
        """The file is whole, or gone."""
        self._files.pop(path, None)

    def next(self) -> float:
        """When `settle` wants to look again; infinity where nothing is waited for."""
        return min((due for due, _ in self._files.values()), default=math.inf)

    def settle(self, *, now: float) -> list[str]:
        """Forget the files that have been quiet for long enough; those of them that are there."""
        settled: list[str] = []
        for path, (due, last) in list(self._files.items()):
            if due > now:
                continue
            stamp = self._stamp(path)
            if stamp is not None and stamp != last:
                self._files[path] = (now + self._quiet, stamp)
                continue
            del self._files[path]
            if stamp is not None:
                settled.append(path)
        return settled
