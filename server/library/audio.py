# SPDX-License-Identifier: GPL-3.0-or-later
"""Audio files mapped once for all their listeners, to be handed to the kernel and never read here.

A file may be cut short while it is mapped. The kernel answers a `sendmsg` of a page that is gone
with EFAULT; Python would be killed for touching it. So nothing in the server looks at these bytes.
"""

import contextlib
import mmap
import os
import stat
from collections.abc import Callable
from typing import Final

from server.channel import clock
from server.library.errors import TrackChanged, TrackGone, TrackUnavailableError
from server.library.inside import OutsideError, open_inside
from server.library.track import Track
from server.library.walk import reason_of

# Thousands listen to one file, and the kernel need not be told for each to read a block in. Whether
# the file has changed is asked each time: else bytes of another recording would go out meanwhile.
ADVICE_LASTS: Final = 1.0  # seconds
BLOCK: Final = 128 * 1024  # bytes that advice is given for at once; a multiple of the page's size

# What file of which track: a replaced file is another one, and its listeners share another mapping.
_Key = tuple[int, int, int, int, int]  # id, device, inode, size, mtime_ns


class AudioFile:
    """One listener's share in a mapped file.

    Attributes:
        data: the whole file. Hand slices of it to `sendmsg`, and do nothing else with it.
        size: of the file, in bytes.
    """

    __slots__ = ("_path", "_release", "_released", "_shared", "data", "size")

    def __init__(self, path: str, shared: "_Shared", release: Callable[[], None]) -> None:
        """Only `AudioFiles.open` makes one."""
        self.data = shared.data
        self.size = len(shared.map)
        self._path = path
        self._shared = shared
        self._release = release
        self._released = False

    def advise(self, file_offset: int, length: int) -> None:
        """Have the kernel read these bytes in, without waiting for them.

        Nothing where somebody had it do so less than ADVICE_LASTS ago.
        """
        if not self._released:
            self._shared.advise(file_offset, min(file_offset + length, self.size))

    def check(self) -> None:
        """Find out whether the bytes are still those that were indexed.

        A file that was deleted or replaced by another lives on in the mapping; only one that was
        written to in place has changed.

        Raises:
            TrackChanged: the file was written to or cut short.
        """
        if self._shared.is_other(self._path):
            raise TrackChanged("the file was written to while it was playing")

    def release(self) -> None:
        """This listener needs the file no more. May be called again."""
        if not self._released:
            self._released = True
            self._release()


class _Shared:
    """A mapping, how many listeners it has, and what the kernel was told of it."""

    __slots__ = ("_advised", "_clock", "data", "key", "listeners", "map")

    def __init__(self, key: _Key, mapping: mmap.mmap, clock: Callable[[], float]) -> None:
        self.key = key
        self.map = mapping
        self.data = memoryview(mapping)
        self.listeners = 0
        self._clock = clock
        self._advised: dict[int, float] = {}  # when, by the number of the block

    def advise(self, start: int, end: int) -> None:
        now = self._clock()
        for block in range(start // BLOCK, -(-end // BLOCK)):
            if now >= self._advised.get(block, float("-inf")) + ADVICE_LASTS:
                self._advised[block] = now
                at = block * BLOCK
                # Advice may be refused; then it was only advice.
                with contextlib.suppress(OSError):
                    size = min(BLOCK, len(self.map) - at)
                    self.map.madvise(mmap.MADV_WILLNEED, at, size)

    def is_other(self, path: str) -> bool:
        _, device, inode, size, mtime_ns = self.key
        try:
            status = os.stat(path)  # noqa: PTH116 - names are not always text
        except OSError:
            status = None
        if status is None or (status.st_dev, status.st_ino) != (device, inode):
            # Who wrote to it may have deleted or replaced it since; of a file without a name only
            # the size can be had.
            return self.map.size() != size
        return (status.st_size, status.st_mtime_ns) != (size, mtime_ns)


class AudioFiles:
    """The files that anybody is listening to: one mapping and one descriptor each."""

    def __init__(self, root: str | None = None, *, clock: Callable[[], float] = clock) -> None:
        """No path may lead out of the folder `root`; None: anywhere.

        `clock` gives seconds, for how long advice holds.
        """
        self._root = root
        self._clock = clock
        self._open: dict[_Key, _Shared] = {}

    def __len__(self) -> int:
        return len(self._open)

    def open(self, path: str, track: Track) -> AudioFile:
        """Map the file of a track, or share the mapping that is there.

        Args:
            path: absolute.
            track: as it was indexed.

        Raises:
            TrackGone: there is no such file.
            TrackChanged: the file is not the one that was indexed.
            TrackUnavailableError: the file cannot be opened now.
        """
        try:
            status = os.stat(path)  # noqa: PTH116 - names are not always text
            shared = self._open.get(_key(track, status))
            if shared is None:
                mapped = self._map(path, track)
                shared = self._open.setdefault(mapped.key, mapped)
        except OutsideError:
            # A link was put there after the file was indexed.
            raise TrackChanged("the file is not the one that was indexed") from None
        except (FileNotFoundError, NotADirectoryError):
            raise TrackGone("the file is no longer there") from None
        except OSError as error:
            # Too many open files, for one: the track is all right, and later may do.
            raise TrackUnavailableError(
                f"the file cannot be opened: {reason_of(error)}",
            ) from error
        shared.listeners += 1
        return AudioFile(path, shared, lambda: self._release(shared))

    def _map(self, path: str, track: Track) -> _Shared:
        descriptor = open_inside(self._root, path)
        try:
            # Looked at again: what was opened need not be what was there a moment ago.
            key = _key(track, os.fstat(descriptor))
            return _Shared(key, mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ), self._clock)
        finally:
            os.close(descriptor)

    def _release(self, shared: _Shared) -> None:
        shared.listeners -= 1
        if shared.listeners:
            return
        self._open.pop(shared.key, None)
        # A slice that is still on its way into a socket keeps the mapping until it is dropped.
        with contextlib.suppress(BufferError):
            shared.data.release()
            shared.map.close()


def _key(track: Track, status: os.stat_result) -> _Key:
    if not stat.S_ISREG(status.st_mode):
        raise TrackChanged("the file is no longer a file")
    if (status.st_size, status.st_mtime_ns) != track.stamp:
        raise TrackChanged("the file is not the one that was indexed")
    return track.id, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
