# SPDX-License-Identifier: GPL-3.0-or-later
"""A tree whose listeners do at once what they are told."""

from server.relay.allowed import RelayPlan
from server.relay.node import SERVER
from server.relay.reach import address_of
from server.relay.tree import Tree

HERE = address_of("127.0.0.1")


class Obedient:
    """A tree whose listeners do at once what they are told."""

    def __init__(self, *, fan_out: int = 2, feeds: int = 2, offered: bool = True) -> None:
        self.tree = Tree(RelayPlan(fan_out=fan_out, feeds=feeds, offered=offered))
        self.now = 100.0
        self.told: dict[int, tuple[int, ...]] = {}

    def join(self, node: int, *, room: int = 2, rate: float = 0.0, placeable: bool = True) -> bool:
        placed = self.tree.join(node, HERE, placeable=placeable, now=self.now)
        if room and placeable:
            self.tree.offer(node, port=1, room=room, rate=rate)
        self.settle()
        return placed

    def settle(self, *, seconds: float = 0.0) -> None:
        """Plan and obey until nothing changes, and then for so long."""
        until = self.now + seconds
        for _ in range(5000):
            plan = self.tree.plan(now=self.now)
            self.told |= plan
            for node, parents in plan.items():
                self.says(node, parents[0] if parents else SERVER)
            if not plan:
                if self.now >= until:
                    return
                self.now = min(until, self.now + 0.5)
        raise AssertionError("it never comes to rest")

    def says(self, node: int, fed_by: int) -> bool:
        return self.tree.report(node, fed_by, behind=1, buffered=5000, pace=0, now=self.now)

    def parents(self) -> dict[int, int | None]:
        return {node.id: node.parent for node in self.tree.nodes.values()}
