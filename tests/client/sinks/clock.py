# SPDX-License-Identifier: GPL-3.0-or-later
"""A clock of the test's own, and sound whose every sample can be told from the others."""

from client.sinks.sink import SAMPLE_BYTES

RATE = 1000  # Hz, for easy numbers: a sample is a millisecond


class Clock:
    """Time that passes only when told, or while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def sound(samples: int, first: int = 0) -> bytes:
    """As many samples, numbered from `first` on."""
    return b"".join(i.to_bytes(SAMPLE_BYTES, "big") for i in range(first, first + samples))
