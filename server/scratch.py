# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of mapped files, made by the kernel: a page that is gone is an error, and kills nobody.

Whoever encrypts has to touch what it sends, and touching a mapping of a file that was cut short
ends the process (SIGBUS). So the kernel copies it into a file of its own memory, which answers
EFAULT instead, and from there to where it can be touched.
"""

import os
from collections.abc import Sequence
from typing import Final

COPY: Final = 128 * 1024  # bytes copied at once; a turn that has more is cut in two


class Scratch:
    """One for the whole process: what was copied is used up before anything else is copied."""

    def __init__(self) -> None:
        """Raises OSError where there is no descriptor, or no memory, left."""
        self._file = os.memfd_create("antiphon", os.MFD_CLOEXEC)
        self._memory = memoryview(bytearray(COPY))

    def copy(self, buffers: Sequence[bytes | bytearray | memoryview]) -> memoryview:
        """The first COPY bytes of the buffers, or fewer; good until the next call.

        Raises OSError, EFAULT where a mapped file has been cut short.
        """
        wanted: list[bytes | bytearray | memoryview] = []
        room = COPY
        for buffer in buffers:
            wanted.append(buffer if len(buffer) <= room else memoryview(buffer)[:room])
            room -= len(wanted[-1])
            if room == 0:
                break
        size = os.pwritev(self._file, wanted, 0)
        return self._memory[: os.preadv(self._file, [self._memory[:size]], 0)]

    def close(self) -> None:
        """No more copies."""
        os.close(self._file)
