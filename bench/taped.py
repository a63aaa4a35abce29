# SPDX-License-Identifier: GPL-3.0-or-later
"""A client process whose sound is on a tape, and whose lines are kept with their times."""

import contextlib
import json
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.process import Process

CLIENT: Final = ("client",)  # the module that is run, and its first words
STATION: Final = "main"  # what listeners of a station tune to
LEAVE: Final = 20.0  # seconds for a client to leave; a net, never a measure
END: Final = 120.0  # seconds for what a client has said to be read once it has ended; a net


class TapedClient(Process):
    """One client, from its start to its end.

    Attributes:
        tape: where its sound is.
        began, ended: when, on time.monotonic().
        is_killed: somebody has killed it.
        events: what it has said, with the times at which it did.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        options: Sequence[str],
        program: Sequence[str] = CLIENT,
    ) -> None:
        """Start it, by a `command` that runs words where it shall be; raises ProgramError.

        What it says is heard from now on, in a thread of its own.
        """
        folder.mkdir()
        self.tape = folder / "tape.wav"
        self.began = self.ended = time.monotonic()
        self.is_killed = False
        self.events: list[tuple[float, dict[str, Any]]] = []
        self._lines = folder / "client.jsonl"
        words = [*command, sys.executable, "-m", *program, "--json"]
        words += ["--sink", f"tape:{self.tape}", *options]
        super().__init__(words, folder / "client.log", name="A client", is_piped=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _heard(self, event: dict[str, Any], at: float) -> None:
        """It has said this, `at` on time.monotonic(): keep it."""
        self.events.append((at, event))

    def kill(self) -> None:
        """SIGKILL."""
        self.is_killed = True
        self.send(signal.SIGKILL)

    def close(self) -> None:
        """Gather what is left of it; it is killed where it still runs."""
        self._process.kill()
        self._process.wait()
        self._reader.join(END)
        self.ended = time.monotonic()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def troubles(self) -> str:
        """What it has said on standard error: nothing, if all is well."""
        return self.said().strip()

    def _read(self) -> None:
        if self._process.stdout is None:
            return
        with self._lines.open("w", encoding="ascii") as kept:
            for line in self._process.stdout:
                at = time.monotonic()
                kept.write(f"{at:.3f} {line.decode()}")
                with contextlib.suppress(ValueError):  # it was killed in the middle of a line
                    self._heard(json.loads(line), at)
