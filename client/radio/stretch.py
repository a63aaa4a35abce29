# SPDX-License-Identifier: GPL-3.0-or-later
"""A stretch of a station's song and how long it sounds, by its frame headers; pure."""

from dataclasses import dataclass

from data.mpeg import parse_header


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole MPEG frames.

    Attributes:
        content: their bytes.
        samples: how many they become.
        seconds: how long these last.
    """

    content: bytes
    samples: int
    seconds: float


def measure(content: bytes) -> Stretch:
    """Counts the samples of its frames, up to the first place where no header stands."""
    at, samples, seconds = 0, 0, 0.0
    while at < len(content) and (header := parse_header(content, at)) is not None:
        samples += header.samples
        seconds += header.samples / header.sample_rate
        at += header.length
    return Stretch(content, samples, seconds)
