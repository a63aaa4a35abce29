# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands where on a tape: a file beside it, a line of JSON for each label."""

import json
from pathlib import Path
from typing import Final

from client.sinks.file import Output

SUFFIX: Final = ".labels"
SILENCE_LABEL: Final = "silence"  # samples of it, which the tape has met: nothing was played


class Labels:
    """Lines such as `{"part": 1, "at": 88200, "what": "song", "number": 7}`.

    `at` counts the samples in front of it in that part of the tape. They rise.
    """

    def __init__(self, tape: Path) -> None:
        """Raises SinkError where the file cannot be made."""
        self._output: Output | None = Output(tape.with_name(tape.name + SUFFIX))
        self._silence: tuple[int, int, int] | None = None  # part, begin, samples so far

    def add(self, part: int, at: int, what: str, number: int) -> None:
        """Writes a line at once: who is killed leaves it behind."""
        self._end_silence()
        self._write(part, at, what, number)

    def silent(self, part: int, at: int, samples: int) -> None:
        """The tape met so many samples of silence from there on; one line for all in a row."""
        silence = self._silence
        if silence is not None and (silence[0], silence[1] + silence[2]) == (part, at):
            self._silence = (part, silence[1], silence[2] + samples)
        else:
            self._end_silence()
            self._silence = (part, at, samples)

    def sounding(self) -> None:
        """What was silence until here is over."""
        self._end_silence()

    def close(self) -> None:
        """Completes the file."""
        self._end_silence()
        output, self._output = self._output, None
        if output is not None:
            output.close()

    def _end_silence(self) -> None:
        silence, self._silence = self._silence, None
        if silence is not None:
            part, at, samples = silence
            self._write(part, at, SILENCE_LABEL, samples)

    def _write(self, part: int, at: int, what: str, number: int) -> None:
        if self._output is not None:
            line = json.dumps({"part": part, "at": at, "what": what, "number": number})
            self._output.write(line.encode() + b"\n")
