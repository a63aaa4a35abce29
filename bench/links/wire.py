# SPDX-License-Identifier: GPL-3.0-or-later
"""A link as the measurement holds it: two namespaces to run programs in, and what passed between.

The namespaces belong to a process of their own (`bench.links.relay`) and vanish with it.
"""

import json
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bench.links.emulator import Counts
from bench.links.path import Path
from bench.links.priority import favour_session
from bench.serving import ROOT

PATIENCE = 10.0  # seconds for the process to end


class LinkError(Exception):
    """There can be no link; the argument is a sentence."""


class Side(Enum):
    """An end of the link."""

    SERVER = "server"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Passed:
    """What became of the packets so far, and what moving them cost."""

    down: Counts  # from the server to the client
    up: Counts
    cpu: float  # seconds


class Wire:
    """A link between two namespaces, until `close`.

    Attributes:
        kind: "tun" or "netem".
    """

    def __init__(
        self, down: Path, up: Path, *, seed: int, congestion: str, is_forced: bool, kind: str
    ) -> None:
        """`congestion`: what connections use, where not forced unless they ask for another.

        `kind` is "tun", "netem" or "auto". Raises LinkError.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.links.relay"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the measurement, which ends this one in order
        )
        favour_session(self._process.pid)
        wanted = {
            "down": down.to_json(),
            "up": up.to_json(),
            "seed": seed,
            "congestion": congestion,
            "is_forced": is_forced,
            "kind": kind,
        }
        try:
            answer = self._ask(json.dumps(wanted))
        except BaseException:
            self.close()
            raise
        if "failed" in answer:
            self.close()
            raise LinkError(f"The link cannot be set up: {answer['failed']}.")
        self.kind: str = answer["kind"]
        self._namespaces = {side: answer[side.value] for side in Side}

    def namespace(self, side: Side) -> str:
        """The path of a side's namespace."""
        return f"/proc/{self._process.pid}/fd/{self._namespaces[side]}"

    def command(self, side: Side, words: Sequence[str]) -> list[str]:
        """The command that runs `words` at that side of the link."""
        return ["nsenter", f"--net={self.namespace(side)}", "--", *words]

    def begin(self, phase: float) -> Passed:
        """Let the link's clock show `phase` now; what passed before."""
        return self._passed(f"begin {phase}")

    def passed(self) -> Passed:
        """What has passed so far; raises LinkError where the link is broken."""
        return self._passed("count")

    def block(self, *ports: int) -> Passed:
        """Lose what is sent from or to these ports from now on, all else passes."""
        return self._passed(" ".join(["block", *map(str, ports)]))

    def block_all(self) -> Passed:
        """Lose whatever is sent from now on."""
        return self._passed("block all")

    def close(self) -> None:
        """Take the link down. May be called again."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _passed(self, line: str) -> Passed:
        answer = self._ask(line)
        return Passed(Counts(**answer["down"]), Counts(**answer["up"]), answer["cpu"])

    def _ask(self, line: str) -> dict[str, Any]:
        ask, answer = self._process.stdin, self._process.stdout
        if ask is None or answer is None or ask.closed:
            raise LinkError("The link is down.")
        try:
            ask.write(line + "\n")
            ask.flush()
        except OSError as error:
            raise LinkError("The link has broken.") from error
        said = answer.readline()
        if not said:
            raise LinkError("The link has broken.")
        found: dict[str, Any] = json.loads(said)
        return found


@contextmanager
def wire(
    down: Path,
    up: Path,
    *,
    seed: int = 1,
    congestion: str = "reno",  # every kernel has it
    is_forced: bool = False,
    kind: str = "auto",
) -> Generator[Wire]:
    """A link until the end of the block; raises LinkError."""
    link = Wire(down, up, seed=seed, congestion=congestion, is_forced=is_forced, kind=kind)
    try:
        yield link
    finally:
        link.close()
