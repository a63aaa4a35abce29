# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener of the station as a process: a relay, whose sound is on a tape."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.links.programs import ProgramError
from bench.serving import ROOT

STATION: Final = "main"
HONEST: Final = ("client",)  # the module that is run, and its first words
LEAVE: Final = 20.0  # seconds for a client to leave; a net, never a measure


class Member:
    """One listener, from its start to its end.

    Attributes:
        number: its own, which nobody else ever had.
        port: where it listens for children, by which the server's tree shows it.
        tape: where its sound is.
        began, ended: when, on time.monotonic().
        is_killed: somebody has killed it.
        is_liar: what it passes on is forged.
        events: what it has said, with the times at which it did.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        number: int,
        port: int,
        server: str,
        program: Sequence[str] = HONEST,
    ) -> None:
        """Start it; `server` is HOST:PORT. Raises ProgramError."""
        folder.mkdir()
        self.number, self.port = number, port
        self.tape = folder / "tape.wav"
        self.began = self.ended = time.monotonic()
        self.is_killed = False
        self.is_liar = program is not HONEST
        self.events: list[tuple[float, dict[str, Any]]] = []
        self._log = folder / "client.log"
        self._lines = folder / "client.jsonl"
        words = [*command, sys.executable, "-m", *program, "--json"]
        words += ["--sink", f"tape:{self.tape}"]
        words += ["--tune", STATION, "--relay", str(port), server]
        with self._log.open("wb") as log:
            try:
                self._process = subprocess.Popen(
                    words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
                )
            except OSError as error:
                raise ProgramError(f"A client cannot be started: {error.strerror}.") from error
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.poll()

    def kill(self) -> None:
        """SIGKILL."""
        self.is_killed = True
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)

    def interrupt(self) -> None:
        """Tell it to leave."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """Gather what is left of it; it is killed where it does not end."""
        try:
            self._process.wait(LEAVE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(LEAVE)
        self.ended = time.monotonic()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def troubles(self) -> str:
        """What it has said on standard error: nothing, if all is well."""
        return self._log.read_text(errors="replace").strip()

    def _read(self) -> None:
        if self._process.stdout is None:
            return
        with self._lines.open("w", encoding="ascii") as kept:
            for line in self._process.stdout:
                at = time.monotonic()
                with contextlib.suppress(ValueError):  # it was killed in the middle of a line
                    self.events.append((at, json.loads(line)))
                kept.write(f"{at - self.began:.3f} {line.decode()}")
