# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of one listener's sound, in seconds and sentences."""

from dataclasses import dataclass
from pathlib import Path

from bench.station.sound import Aircheck
from bench.station.tape import Label, Part, listen, read_labels, read_parts
from client.sinks.labels import SILENCE_LABEL


@dataclass(frozen=True, slots=True)
class Sound:
    """A listener's sound.

    Attributes:
        seconds: that were found where they belong.
        silences: seconds of each that the listener met between its first sound and its last.
        wrong: pieces that are not the station's there, and places where it does not go on.
        found: what was wrong, in sentences.
    """

    seconds: float
    silences: tuple[float, ...]
    wrong: int
    found: tuple[str, ...]


def hear(path: Path, aired: Aircheck) -> Sound:
    """Compare the tape at `path` with what was on the air; raises OSError."""
    parts, labels = read_parts(path), read_labels(path)
    heard = listen(parts, labels, aired)
    silences = tuple(_silences(parts, labels))
    rate = next((part.rate for part in parts.values()), 1)
    found = [
        *(
            f"{wrong.samples} wrong samples at {wrong.at / rate:.2f} s: {wrong.what}"
            for wrong in heard.wrong
        ),
        *heard.jumps,
        *(f"silent for {seconds:.3f} s" for seconds in silences),
    ]
    return Sound(
        seconds=heard.samples / rate,
        silences=silences,
        wrong=len(heard.wrong) + len(heard.jumps),
        found=tuple(found),
    )


def _silences(parts: dict[int, Part], labels: list[Label]) -> list[float]:
    return [
        label.number / parts[label.part].rate
        for label in labels
        if label.what == SILENCE_LABEL and label.at and not _is_last(parts.get(label.part), label)
    ]


def _is_last(part: Part | None, label: Label) -> bool:
    """Whether it is what the tape ran for when all was over."""
    return part is None or label.at + label.number >= len(part.samples)
