# SPDX-License-Identifier: GPL-3.0-or-later
"""What the player asks of a place where sound goes."""

from typing import Protocol

SAMPLE_BYTES = 4  # left and right, 16 bits each
UNLIMITED = 1 << 30  # bytes: the room of a sink that takes whatever comes


class SinkError(Exception):
    """The sink cannot play; the argument is a sentence that says what to do about it."""


class Sink(Protocol):
    """Takes native signed 16-bit stereo. One thread calls it, and only one.

    Every method but `room`, `delay` and the attributes may raise SinkError.

    Attributes:
        name: as the listener would write it, for the status line.
        keeps_time: whether it takes a second to play a second.
        takes_stdout: whether the sound goes to standard output, so that nothing else may.
        prefill: bytes that the first write after a silence should have, where they are at hand.
        gaps: how often sound came too late so far, by the clock.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - see above
    @property
    def keeps_time(self) -> bool: ...  # noqa: D102
    @property
    def takes_stdout(self) -> bool: ...  # noqa: D102
    @property
    def prefill(self) -> int: ...  # noqa: D102
    @property
    def gaps(self) -> int: ...  # noqa: D102

    def start(self, rate: int) -> None:
        """Gets ready for sound of `rate` Hz; cheap where it is ready already."""
        ...

    def room(self) -> int:
        """Bytes that `write` would take at once; 0 while paused."""
        ...

    def write(self, pcm: bytes) -> None:
        """Takes all of `pcm`, a whole number of samples, waiting for room as the device does."""
        ...

    def label(self, what: str, number: int) -> None:
        """Notes that something begins with the next byte: a recording keeps it, others do not."""
        ...

    def pause(self) -> None:
        """Falls silent and keeps what was not heard."""
        ...

    def resume(self) -> None:
        """Goes on where `pause` stopped."""
        ...

    def drop(self) -> None:
        """Falls silent and forgets what was not heard; ends a pause."""
        ...

    def drain(self) -> None:
        """Returns when everything was heard."""
        ...

    def delay(self) -> float:
        """Seconds of sound that were taken and not yet heard."""
        ...

    def release(self) -> None:
        """Gives the device back while nothing plays; `start` takes it again."""
        ...

    def close(self) -> None:
        """Ends it for good, without playing what was not heard; may be called twice."""
        ...
