# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree as it should be: who is below whom, how deep, and where there is room.

Pure. Whatever is asked of it, it has no circle and no branch deeper than MAX_DEPTH.
"""

from collections import defaultdict
from collections.abc import Iterator

from common.constants import MAX_DEPTH, SPARE
from server.relay.node import SERVER, Node
from server.relay.reach import can_reach

LOOKED_AT = 16  # relays of one depth among which the best is chosen


class Branches:
    """All nodes, and an index of those that have room, by depth."""

    def __init__(self) -> None:
        """Only the server."""
        self.nodes: dict[int, Node] = {}
        self.below_server: set[int] = set()
        self.overfull: set[int] = set()  # relays that have more children than room
        # By depth, without those that have lost the server: they may be gone.
        self.levels: defaultdict[int, dict[int, None]] = defaultdict(dict)
        self._open: defaultdict[int, dict[int, None]] = defaultdict(dict)  # those with room

    # -- looking

    def load(self, node: Node) -> int:
        """Children that count: who has lost the server may be gone."""
        return sum(not self.nodes[child].lost for child in node.children)

    def free(self, node: Node) -> int:
        """Places that are left by plan; less than 0 where there are too many."""
        return node.room - self.load(node)

    def branch(self, node_id: int) -> Iterator[Node]:
        """A node and those above it, up to below the server."""
        at: int | None = node_id
        while at is not None and at != SERVER:
            node = self.nodes[at]
            yield node
            at = node.parent

    def is_below(self, node_id: int, other: int) -> bool:
        """Whether a node is `other`, or is fed through it."""
        return any(node.id == other for node in self.branch(node_id))

    def subtree(self, node: Node) -> Iterator[Node]:
        """A node and all below it."""
        waiting = [node]
        while waiting:
            one = waiting.pop()
            yield one
            waiting += (self.nodes[child] for child in one.children)

    def height(self, node: Node) -> int:
        """Levels below a node."""
        if not node.children:
            return 0
        return max(one.depth for one in self.subtree(node)) - node.depth

    def deepest(self) -> Node | None:
        """One of the nodes that are furthest from the server."""
        if not self.levels:
            return None
        return self.nodes[next(iter(self.levels[max(self.levels)]))]

    def takes(self, parent: Node, child: Node, *, spare: int = 0, now: float) -> bool:
        """Whether `child` may be fed by `parent`; `spare` places beyond the plan count too."""
        return (
            parent.is_relay
            and parent.depth > 0
            and self.load(parent) - (child.id in parent.children) < parent.room + spare
            and can_reach(child.address, parent.address)
            and child.refused.get(parent.id, now) <= now
            and parent.depth + 1 + self.height(child) <= MAX_DEPTH
            and not self.is_below(parent.id, child.id)
        )

    def open_places(self, child: Node, *, now: float) -> Iterator[Node]:
        """Relays that have room for `child`, the least deep first, some of each depth."""
        for depth in sorted(self._open):
            found = 0
            for one in list(self._open[depth]):
                node = self.nodes[one]
                if one != child.parent and self.takes(node, child, now=now):
                    yield node
                    found += 1
                    if found == LOOKED_AT:
                        break

    def best_place(self, child: Node, *, now: float) -> Node | None:
        """The relay with room that is nearest to the server, and of those the fastest."""
        best: tuple[bool, int, float, int] | None = None
        for node in self.open_places(child, now=now):
            key = (node.doubted_until > now, node.depth, -node.rate, node.id)
            if best is not None and not best[0] and best[1] < node.depth:
                break
            best = key if best is None else min(best, key)
        return None if best is None else self.nodes[best[3]]

    def spare_place(self, child: Node, *, now: float) -> Node | None:
        """A relay that takes `child` beyond its plan, as its parent was lost."""
        for depth in sorted(self.levels):
            fit = (
                self.nodes[one]
                for one in self.levels[depth]
                if one != child.parent and self.takes(self.nodes[one], child, spare=SPARE, now=now)
            )
            found = max(fit, key=lambda node: (self.free(node), -node.id), default=None)
            if found is not None:
                return found
        return None

    def shallowest_open(self) -> int | None:
        """The least depth at which a relay has room."""
        return min((depth for depth, nodes in self._open.items() if nodes), default=None)

    # -- changing

    def add(self, node: Node) -> None:
        """A node that has no place yet."""
        self.nodes[node.id] = node

    def remove(self, node: Node) -> list[Node]:
        """Forget a node; those that were below it, which have no place now."""
        orphans = [self.nodes[child] for child in sorted(node.children)]
        for orphan in orphans:
            self.detach(orphan)
        self.detach(node)
        del self.nodes[node.id]
        self.overfull.discard(node.id)
        return orphans

    def attach(self, node: Node, parent: int) -> None:
        """Give a node another place, with all that is below it; the caller has asked `takes`."""
        self.detach(node)
        node.parent = parent
        if parent == SERVER:
            self.below_server.add(node.id)
        else:
            self.nodes[parent].children.add(node.id)
            self.refresh(self.nodes[parent])
        self._set_depth(node, 1 if parent == SERVER else self.nodes[parent].depth + 1)

    def detach(self, node: Node) -> None:
        """Take a node out of its place, with all that is below it."""
        parent, node.parent = node.parent, None
        if parent == SERVER:
            self.below_server.discard(node.id)
        elif parent is not None:
            above = self.nodes[parent]
            above.children.discard(node.id)
            if above.heir == node.id:
                above.heir = None
            self.refresh(above)
        if parent is not None:
            self._set_depth(node, 0)

    def refresh(self, node: Node) -> None:
        """Something has changed that says whether a node has room."""
        free = self.free(node)
        if node.depth and not node.lost:
            self.levels[node.depth][node.id] = None
        else:
            self._forget(self.levels, node)
        if node.is_relay and free > 0 and 0 < node.depth < MAX_DEPTH:
            self._open[node.depth][node.id] = None
        else:
            self._forget(self._open, node)
        if node.is_relay and free < 0 and node.depth:
            self.overfull.add(node.id)
        else:
            self.overfull.discard(node.id)

    def _set_depth(self, top: Node, depth: int) -> None:
        """`depth` 0: it has no place, nor have those below it."""
        waiting = [(top, depth)]
        while waiting:
            node, at = waiting.pop()
            self._forget(self._open, node)
            self._forget(self.levels, node)
            node.depth = at
            self.refresh(node)
            waiting += ((self.nodes[child], at + 1 if at else 0) for child in node.children)

    @staticmethod
    def _forget(index: dict[int, dict[int, None]], node: Node) -> None:
        at = index.get(node.depth)
        if at is not None:
            at.pop(node.id, None)
            if not at:
                del index[node.depth]
