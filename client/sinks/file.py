# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sinks that write files have in common: they keep no time, and nothing takes effect."""

from client.sinks.sink import UNLIMITED


class FileSink:
    """The part of a Sink that is empty where the sound is kept instead of heard."""

    keeps_time = False
    takes_stdout = False
    prefill = 0
    gaps = 0

    def room(self) -> int:
        """A file takes all that comes."""
        return UNLIMITED

    def pause(self) -> None:
        """A file has no time that could stand still; the player stops writing."""

    def resume(self) -> None:
        """The player goes on writing."""

    def drop(self) -> None:
        """What is written stays written."""

    def drain(self) -> None:
        """What is written needs no time."""

    def delay(self) -> float:
        """Always 0."""
        return 0.0

    def release(self) -> None:
        """A file is not taken from anybody."""
