# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that plays as fast as sound comes: whole songs, parts of them, from one to the next."""

import contextlib
import json
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from bench.serving import ROOT

LEAVE: Final = 90.0  # seconds for a client to end


class Player:
    """The process, and the thread that tells it what to do.

    Attributes:
        counts: commands, and lines that it said, by their names.
        heard: seconds of music.
        failures: what should not have happened, in sentences.
    """

    def __init__(
        self,
        address: tuple[str, int],
        own: Path,
        *,
        role: str,
        tracks: int,
        seconds: float,
        seed: int,
    ) -> None:
        """Start; `own` is where it tells of itself, `role` how; songs last about `seconds`."""
        self.counts: Counter[str] = Counter()
        self.heard = 0.0
        self.failures: list[str] = []
        self.own = own
        words = [sys.executable, "-m", "bench.soak.watched", role, str(own), "--json"]
        words += ["--sink", "raw:/dev/null", f"{address[0]}:{address[1]}"]
        self._process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._tracks = tracks
        self._seconds = seconds
        self._dice = random.Random(f"player {seed}")
        self._counted_to = self._ends = 0.0  # seconds into the song
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def close(self) -> None:
        """Let it leave."""
        self._stop.set()
        self._thread.join(LEAVE)
        try:
            status = self._process.wait(LEAVE)
        except subprocess.TimeoutExpired:
            self.failures.append("a client does not leave")
        else:
            if status not in {0, 1}:  # 1: something was refused
                self.failures.append(f"a client ended with {status}")
        self.kill()

    def kill(self) -> None:
        """End it at once. May be called again."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _run(self) -> None:
        acts: tuple[Callable[[], None], ...] = (
            *3 * [self._whole],
            *2 * [self._sought],
            self._switched,
            self._stopped,
            self._paused,
        )
        with contextlib.suppress(OSError, EOFError):
            while not self._stop.is_set():
                self._dice.choice(acts)()
            self._tell("quit")

    def _whole(self) -> None:
        if self._play():
            self._tell("wait")

    def _sought(self) -> None:
        if self._play():
            self._seek(self._dice.uniform(0, self._seconds))
            self._tell("wait")

    def _switched(self) -> None:
        for _ in range(self._dice.randrange(2, 6)):
            if self._play():
                self._part()

    def _stopped(self) -> None:
        if self._play():
            self._part()
            self._tell("stop")

    def _paused(self) -> None:
        if self._play():
            self._tell("pause")
            self._tell("list")
            self._tell("resume")
            self._tell("wait")

    def _play(self) -> bool:
        return self._tell(f"play {self._dice.randrange(self._tracks) + 1}")

    def _seek(self, seconds: float) -> None:
        self._tell(f"seek {seconds:.2f}")

    def _part(self) -> None:
        """Hear some of the song, and count it."""
        self._tell(f"wait {self._dice.uniform(0, 0.1):.3f}")
        self._tell("status")

    def _tell(self, command: str) -> bool:
        """Give a command and wait until it is over; whether it succeeded. Raises EOFError."""
        if self._process.stdin is None or self._process.stdout is None:
            raise EOFError
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        self.counts[command.partition(" ")[0]] += 1
        for line in self._process.stdout:
            fields: dict[str, Any] = json.loads(line)
            if fields["event"] == "ended":
                return bool(fields["ok"])
            self._note(fields)
        if not self._stop.is_set():
            self.failures.append(f"a client has ended in the middle of “{command}”")
        raise EOFError

    def _count_to(self, place: float) -> None:
        """The song was heard up to this place, in seconds."""
        self.heard += max(0.0, place - self._counted_to)
        self._counted_to = max(self._counted_to, place)

    def _note(self, fields: Mapping[str, Any]) -> None:
        match fields["event"]:
            case "playing":
                self._counted_to = fields["start_ms"] / 1000
                self._ends = fields["track"]["duration_ms"] / 1000
            case "status":
                self._count_to(fields["position_s"])
            case "finished":
                self._count_to(self._ends)
                if fields["intact"] is False:
                    self.failures.append("a song was not intact")
            case "song_failed":
                self.failures.append(f"a song failed: {fields['reason']}")
            case name if name in {"started", "link_lost", "link_back"}:
                pass
            case _:
                return
        self.counts[fields["event"]] += 1
