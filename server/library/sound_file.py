# SPDX-License-Identifier: GPL-3.0-or-later
"""A file whose sound the server itself reads, a stretch at a time, to seal it.

Never through a mapping: a file that is cut short under a mapping kills whoever looks at it. Reads
of a file may wait for the disk, so the kernel is asked for what comes next ahead of time.
"""

import contextlib
import os
import stat
from collections.abc import Iterable
from typing import Final

from server.library.errors import TrackChanged, TrackGone, TrackUnavailableError
from server.library.inside import OutsideError, open_inside
from server.library.track import Track
from server.library.walk import reason_of

AHEAD: Final = 512 * 1024  # bytes that the kernel is asked to read in at once

_OTHER: Final = "the file is not the one that was indexed"


class SoundFile:
    """An open file of one track."""

    __slots__ = ("_advised", "_descriptor", "_stamp")

    def __init__(self, root: str | None, path: str, track: Track) -> None:
        """Open it.

        Args:
            root: the folder that the path may not lead out of; None: it may lead anywhere.
            path: absolute.
            track: as it was indexed.

        Raises:
            TrackGone: there is no such file.
            TrackChanged: the file is not the one that was indexed.
            TrackUnavailableError: the file cannot be opened now.
        """
        self._descriptor = -1
        self._advised = 0  # up to where the kernel was asked for it
        self._stamp = track.stamp
        try:
            self._descriptor = open_inside(root, path)
            self._check()
        except OutsideError:
            raise TrackChanged(_OTHER) from None
        except (FileNotFoundError, NotADirectoryError):
            raise TrackGone("the file is no longer there") from None
        except TrackChanged:
            self.close()
            raise
        except OSError as error:
            self.close()
            raise TrackUnavailableError(f"the file cannot be opened: {reason_of(error)}") from error

    def read(self, pieces: Iterable[tuple[int, int]]) -> bytes:
        """The bytes of pieces of the file, each (file offset, length), one behind the other.

        Raises:
            TrackChanged: they are not what was indexed: the file was written to or cut short.
            TrackUnavailableError: the file cannot be read.
        """
        parts: list[bytes] = []
        try:
            for offset, length in pieces:
                self._advise(offset + length)
                part = os.pread(self._descriptor, length, offset)
                if len(part) < length:
                    raise TrackChanged("the file was cut short while it was playing")
                parts.append(part)
            self._check()
        except OSError as error:
            raise TrackUnavailableError(f"the file cannot be read: {reason_of(error)}") from error
        return b"".join(parts)

    def close(self) -> None:
        """The file is needed no more. May be called again."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _check(self) -> None:
        """Behind a read, so that what was read is from before any change that is not seen here."""
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise TrackChanged("the file is no longer a file")
        if (status.st_size, status.st_mtime_ns) != self._stamp:
            raise TrackChanged(_OTHER)

    def _advise(self, end: int) -> None:
        if end + AHEAD // 2 <= self._advised:
            return
        with contextlib.suppress(OSError):  # advice may be refused; then it was only advice
            os.posix_fadvise(self._descriptor, end, AHEAD, os.POSIX_FADV_WILLNEED)
        self._advised = end + AHEAD
