# SPDX-License-Identifier: GPL-3.0-or-later
"""The listeners: they come, are killed one after the other, and others come in their place."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Final, Protocol

from bench.links.programs import ProgramError
from bench.station.member import CLIENT, Member
from bench.station.tree import Node, interior, look

FIRST_PORT: Final = 56000  # of the first listener, for its children
COMES: Final = 0.6  # seconds between two listeners that come
GATHER: Final = 120.0  # seconds for all to be fed; a net
AGAIN: Final = 3.0  # seconds until another one comes for one that was killed
LOOK: Final = 1.0  # seconds between two looks at the tree
LIAR: Final = "bench.station.liar"


class Seen(Protocol):
    """What is told of each look at the tree."""

    def __call__(self, nodes: list[Node], /) -> None:
        """These were in the tree."""
        ...


class Crowd:
    """All listeners of a run.

    Attributes:
        members: whoever has ever come.
        killed: how many were.
    """

    def __init__(
        self,
        command: Sequence[str],
        work: Path,
        state: Path,
        server: str,
        *,
        size: int,
        seed: int,
        seen: Seen,
        say: Callable[[str], None],
    ) -> None:
        """Nobody is there; `command` is put in front of each client's."""
        self.members: list[Member] = []
        self.killed = 0
        self._command = command
        self._work = work
        self._state = state
        self._server = server
        self._size = size
        self._dice = Random(seed)
        self._seen = seen
        self._say = say

    @property
    def present(self) -> dict[int, Member]:
        """Those who run, by their ports."""
        return {member.port: member for member in self.members if member.status is None}

    def gather(self) -> None:
        """Let all come, and wait until each is in the tree; raises ProgramError and TreeError."""
        for _ in range(self._size):
            self._come(CLIENT)
            time.sleep(COMES)
        deadline = time.monotonic() + GATHER
        while sum(node.parent is not None for node in self._look()) < self._size:
            if time.monotonic() > deadline:
                raise ProgramError("Not all listeners have found their place in the tree.")
            time.sleep(LOOK)

    def suffer(self, *, seconds: float, every: float, liars: int) -> None:
        """Kill one that feeds others, again and again; raises ProgramError and TreeError.

        Liars come at even distances in this time.
        """
        began = time.monotonic()
        due = began + every
        coming: list[float] = []
        lies = [began + seconds * (number + 0.5) / (liars + 1) for number in range(liars)]
        while (now := time.monotonic()) < began + seconds:
            nodes = self._look()
            if now >= due:
                due += every
                if self._kill(nodes):
                    coming.append(now + AGAIN)
            if coming and now >= coming[0]:
                coming.pop(0)
                self._come(CLIENT)
            if lies and now >= lies[0]:
                lies.pop(0)
                self._come(LIAR)
            time.sleep(max(0.0, now + LOOK - time.monotonic()))

    def close(self) -> None:
        """Let all leave. May be called again."""
        for member in self.present.values():
            member.interrupt()
        for member in self.members:
            member.close()

    def banned(self) -> set[int]:
        """Ports of liars that the server no longer uses."""
        nodes = self._look()
        return {node.port for node in nodes if node.is_banned}

    def _kill(self, nodes: list[Node]) -> bool:
        present = self.present
        feeding = [
            member
            for node in interior(nodes)
            if (member := present.get(node.port)) is not None and not member.is_liar
        ]
        if not feeding:
            return False
        self._dice.choice(feeding).kill()
        self.killed += 1
        return True

    def _come(self, module: str) -> None:
        number = len(self.members)
        self.members.append(
            Member(
                self._command,
                self._work / f"listener-{number}",
                number=number,
                port=FIRST_PORT + number,
                server=self._server,
                module=module,
            )
        )

    def _look(self) -> list[Node]:
        present = self.present
        nodes = [node for node in look(self._state) if node.port in present]
        self._seen(nodes)
        return nodes
