# SPDX-License-Identifier: GPL-3.0-or-later
"""The frames of a data connection that were named and have not gone; the first may have begun."""

from itertools import chain
from operator import itemgetter
from typing import Final

from data.sender import Sender
from server.channel import IOV_MAX
from server.streams import OutFrame

_FRAMES: Final = IOV_MAX // 2  # of two buffers each
_AUDIO: Final = itemgetter(1)  # of a frame; a generator would cost more than its answer


class Unsent:
    """What waits for the kernel, in order.

    Attributes:
        begun: bytes of the first frame that were sent.
        frames: each with its audio, which is empty where it has none.
    """

    __slots__ = ("_greets", "begun", "frames")

    def __init__(self) -> None:
        """Nothing waits."""
        self.begun = 0
        self.frames: list[OutFrame] = []  # an empty deque would take ten times the memory
        self._greets = False  # whether the first frame is ATTACHED

    def __len__(self) -> int:
        return len(self.frames)

    def has_audio(self) -> bool:
        """Whether any of it is part of a file."""
        return any(map(_AUDIO, self.frames))

    def greet(self, attached: bytes) -> None:
        """ATTACHED goes before all else."""
        self.frames.append((attached, b""))
        self._greets = True

    def add(self, frames: list[OutFrame]) -> None:
        """These go behind the others."""
        self.frames += frames

    def buffers(self) -> list[bytes | memoryview]:
        """As much as the kernel takes at once, from where it has stopped taking."""
        buffers: list[bytes | memoryview] = list(chain.from_iterable(self.frames[:_FRAMES]))
        if self.begun:
            header, audio = buffers[:2]
            past = max(0, self.begun - len(header))
            buffers[:2] = (header[self.begun :], audio[past:])
        return buffers

    def all_went(self) -> None:
        """All of `buffers` is sent."""
        del self.frames[:_FRAMES]
        self.begun = 0
        self._greets = False

    def went(self, sent: int) -> None:
        """So many bytes of `buffers` are sent, and not all of them."""
        sent += self.begun
        done = 0
        for header, audio in self.frames:
            size = len(header) + len(audio)
            if sent < size:
                break
            sent -= size
            done += 1
        del self.frames[:done]
        self.begun = sent
        self._greets = self._greets and not done

    def take_back(self, sender: Sender) -> None:
        """Let `sender` name again what has not begun of its stream, where that has not ended."""
        while sender.sending and len(self.frames) > (self.begun > 0):
            _, audio = self.frames[-1]
            if not audio:  # ATTACHED
                break
            sender.take_back(len(audio))
            self.frames.pop()

    def switch(self) -> None:
        """Forget the frames of the stream before, but for one that has begun, and ATTACHED."""
        del self.frames[1 if self.begun or self._greets else 0 :]

    def clear(self) -> None:
        """Forget it all."""
        self.frames.clear()
        self.begun = 0
        self._greets = False
