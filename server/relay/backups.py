# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each node goes when its parent is lost: other relays, chosen so that the tree bears it.

Pure. A list that is still good stays as it is: nobody is told anything new without need.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Final

from common.constants import MAX_PARENTS, SPARE
from server.relay.branches import Branches
from server.relay.node import SERVER, Node

BACKUPS: Final = MAX_PARENTS - 1
LOOKED_AT: Final = 16  # relays with room, and as many without, among which they are chosen
FILLED: Final = 16  # nodes with too few that are looked at when a relay has come


class Backups:
    """The backups of all nodes."""

    def __init__(self, branches: Branches) -> None:
        """Backups in this tree."""
        self.stale: set[int] = set()  # nodes whose backups are to be looked at
        self._branches = branches
        self._backed: defaultdict[int, set[int]] = defaultdict(set)  # relay: for whom it is one
        self._thin: dict[int, None] = {}  # nodes that have too few, or one that would be too full

    def moved(self, node: Node) -> None:
        """A node has another place, and all that is below it."""
        self.stale.add(node.id)
        self.stale |= node.children  # one of them may be an heir now, or be it no more
        if node.parent is not None and node.parent != SERVER:
            self.stale |= self._branches.nodes[node.parent].children
        for one in self._branches.subtree(node):
            self.stale |= self._backed.get(one.id, set())

    def changed(self, node: Node) -> None:
        """A node is a relay now, or is it no more, or its control connection is lost or back."""
        self.stale |= self._backed.get(node.id, set())
        self.stale.add(node.id)
        if node.parent is None or node.parent == SERVER:
            return
        above = self._branches.nodes[node.parent]
        heir = None if above.heir is None else self._branches.nodes[above.heir]
        if heir is None or heir.lost or not heir.room:
            above.heir = None
        self.stale |= above.children

    def gone(self, node: Node) -> None:
        """A node is forgotten."""
        self._put(node, ())
        self._thin.pop(node.id, None)
        self.stale |= self._backed.pop(node.id, set())
        self.stale.discard(node.id)

    def backed_by(self, relay_id: int) -> set[int]:
        """Those that have this relay as a backup."""
        return set(self._backed.get(relay_id, ()))

    def room_came(self) -> None:
        """A relay has room that was not there before."""
        self.stale |= set(islice(self._thin, FILLED))

    def renew(self, *, now: float) -> set[int]:
        """Look at all that are stale; those whose backups are others now."""
        found: set[int] = set()
        later: set[int] = set()
        for node_id in sorted(self.stale):
            node = self._branches.nodes.get(node_id)
            if node is None or node.lost:
                continue
            if self._is_falling_back(node, now=now):
                later.add(node_id)
                continue
            backups = self._choose(node, now=now)
            if backups != node.backups:
                self._put(node, backups)
                found.add(node_id)
        self.stale = later
        return found

    def _is_falling_back(self, node: Node, *, now: float) -> bool:
        """Whether its parent seems gone: another list now would only cross its way."""
        parent = None if node.parent is None else self._branches.nodes.get(node.parent)
        return parent is not None and (parent.lost or parent.doubted_until > now)

    def _put(self, node: Node, backups: tuple[int, ...]) -> None:
        for one in node.backups:
            self._backed[one].discard(node.id)
            if not self._backed[one]:
                del self._backed[one]
        for one in backups:
            self._backed[one].add(node.id)
        node.backups = backups

    def _choose(self, node: Node, *, now: float) -> tuple[int, ...]:
        self._thin.pop(node.id, None)
        if node.parent is None or node.parent == SERVER:
            return ()
        parent = self._branches.nodes[node.parent]
        # When a relay that the server feeds is gone, the server has one place more: for one child.
        if parent.parent == SERVER and self._heir(parent) == node.id:
            return ()
        kept = [one for one in node.backups if self._is_good(one, node, parent, now=now)]
        if len(kept) == BACKUPS and not self._cost(kept[0], node, parent, now=now)[1]:
            return tuple(kept)
        costs = {
            one.id: self._cost(one.id, node, parent, now=now)
            for one in self._candidates(node, parent, now=now)
        }
        ranked = sorted(costs, key=lambda one: costs[one])
        if kept and ranked and costs[ranked[0]][1] < self._cost(kept[0], node, parent, now=now)[1]:
            kept = []
        kept += [one for one in ranked if one not in kept]
        found = tuple(kept[:BACKUPS])
        if len(found) < BACKUPS or self._cost(found[0], node, parent, now=now)[1]:
            self._thin[node.id] = None
        return found

    def _heir(self, parent: Node) -> int | None:
        if parent.heir is None:
            nodes = (self._branches.nodes[child] for child in parent.children)
            fit = [node for node in nodes if not node.lost]
            best = max(fit, key=lambda node: (node.room, node.rate, -node.id), default=None)
            parent.heir = None if best is None else best.id
        return parent.heir

    def _is_good(self, backup: int, node: Node, parent: Node, *, now: float) -> bool:
        found = self._branches.nodes.get(backup)
        return (
            found is not None
            and found is not parent
            and self._branches.takes(found, node, spare=SPARE, now=now)
            and not self._branches.is_below(backup, parent.id)  # it would be cut off as well
        )

    def _candidates(self, node: Node, parent: Node, *, now: float) -> Iterator[Node]:
        branches = self._branches
        if parent.parent is not None and parent.parent != SERVER:
            yield from self._good([branches.nodes[parent.parent]], node, parent, now=now)
        with_room = self._good(branches.open_places(node, now=now), node, parent, now=now)
        yield from islice(with_room, LOOKED_AT)
        by_depth = (
            branches.nodes[one]
            for depth in sorted(branches.levels)
            for one in branches.levels[depth]
        )
        yield from self._good(islice(by_depth, LOOKED_AT), node, parent, now=now)

    def _good(
        self, nodes: Iterator[Node] | list[Node], node: Node, parent: Node, *, now: float
    ) -> Iterator[Node]:
        return (one for one in nodes if self._is_good(one.id, node, parent, now=now))

    def _cost(
        self, backup_id: int, node: Node, parent: Node, *, now: float
    ) -> tuple[bool, int, int, int, int]:
        """What it costs if `node` goes there when `parent` is lost, with what its siblings do.

        Whether it is doubtful, how many children too many it has then, how deep it is.
        """
        backup = self._branches.nodes[backup_id]
        backed = self._backed.get(backup_id, set()) - {node.id}
        siblings = (self._branches.nodes[one] for one in backed & parent.children)
        first = sum(sibling.backups[0] == backup_id for sibling in siblings)
        # The lost child of a grandparent leaves a place there.
        free = self._branches.free(backup) + (backup_id == parent.parent)
        over = max(0, first + 1 - free)
        return backup.doubted_until > now, over, backup.depth, len(backed), backup_id
