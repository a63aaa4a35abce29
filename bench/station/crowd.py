# SPDX-License-Identifier: GPL-3.0-or-later
"""The listeners: they come, are killed one after the other, and others come in their place."""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final, Protocol

from bench.links.programs import ProgramError
from bench.station.member import Member
from bench.station.tree import Node, TreeError, interior, look
from bench.taped import CLIENT

FIRST_PORT: Final = 56000  # of the first listener, for its children
COMES: Final = 0.6  # seconds between two listeners that come
GATHER: Final = 120.0  # seconds for all to be fed; a net
AGAIN: Final = 3.0  # seconds until another one comes for one that was killed
LATE: Final = 15.0  # seconds before the end in which nobody comes
FOUND_OUT: Final = 8  # looks in a row with a child, in which a liar must have been found out
TRIES: Final = 3  # to be shown the tree
LOOK: Final = 1.0  # seconds between two looks at the tree
LIAR: Final = "bench.station.liar"
LIES: Final = ("flip:2", "invent:2", "relabel:2", "replay:2")  # kind, and seconds before it begins


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
        lied: ports of liars that had children for so long that they must have been found out.
    """

    def __init__(
        self,
        command: Sequence[str],
        work: Path,
        state: Path,
        servers: Sequence[str],
        *,
        size: int,
        seed: int,
        seen: Seen,
        say: Callable[[str], None],
    ) -> None:
        """Nobody is there; `command` is put in front of each client's, `servers` are HOST:PORT."""
        self.members: list[Member] = []
        self.killed = 0
        self.lied: set[int] = set()
        self._lying: dict[int, int] = {}  # looks in a row at which they had children, by port
        self._command = command
        self._work = work
        self._state = state
        self._servers = servers
        self._size = size
        self._dice = Random(seed)
        self._ports: dict[int, int] = {}  # by the node's id
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
        end, due = began + seconds, began + every
        coming: list[float] = []
        # In the first half, so that there is time for somebody to be placed below them.
        lies = [began + seconds / 2 * (number + 0.5) / liars for number in range(liars)]
        while (now := time.monotonic()) < end:
            nodes = self._look()
            if now >= due:
                due += every
                if self._kill(nodes):
                    coming.append(now + AGAIN)
            if coming and now >= coming[0] and now < end - LATE:
                coming.pop(0)
                self._come(CLIENT)
            if lies and now >= lies[0]:
                lies.pop(0)
                self._come((LIAR, LIES[len(lies) % len(LIES)]))
            self._note_liars(nodes)
            time.sleep(max(0.0, now + LOOK - time.monotonic()))

    def close(self) -> None:
        """Let all leave. May be called again."""
        for member in self.present.values():
            member.interrupt()
        for member in self.members:
            member.close()

    def _note_liars(self, nodes: list[Node]) -> None:
        liars = {member.port for member in self.members if member.is_liar}
        lying = liars & {node.port for node in interior(nodes)}
        self._lying = {port: self._lying.get(port, 0) + 1 for port in lying}
        self.lied |= {port for port, looks in self._lying.items() if looks >= FOUND_OUT}

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

    def _come(self, program: Sequence[str]) -> None:
        number = len(self.members)
        self.members.append(
            Member(
                self._command,
                self._work / f"listener-{number}",
                number=number,
                port=FIRST_PORT + number,
                server=self._servers[number % len(self._servers)],
                program=program,
            )
        )

    def _look(self) -> list[Node]:
        present = self.present
        nodes = [self._known(node) for node in self._shown()]
        nodes = [
            node for node in nodes if node.port in present
        ]  # who was killed may still be there
        self._seen(nodes)
        return nodes

    def _shown(self) -> list[Node]:
        for _ in range(TRIES - 1):
            with contextlib.suppress(TreeError):  # the machine is busy with the listeners
                return look(self._state)
        return look(self._state)

    def _known(self, node: Node) -> Node:
        """With the port at which it was a relay; the server forgets that of one it has cut off."""
        self._ports.setdefault(node.id, node.port)
        if node.port:
            self._ports[node.id] = node.port
        return replace(node, port=self._ports[node.id])
