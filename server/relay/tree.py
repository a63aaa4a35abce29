# SPDX-License-Identifier: GPL-3.0-or-later
"""Who feeds whom: newcomers placed, orphans healed, and the tree kept flat (RFC.md, "Placing").

Pure. What happens is told by methods; `plan` then says whom to send PARENTS. The plan follows what
the listeners report: it is they who connect.
"""

import math
from itertools import islice
from typing import Final

from common.constants import SPARE
from server.relay.allowed import RelayPlan
from server.relay.backups import Backups
from server.relay.branches import Branches
from server.relay.moves import Moves
from server.relay.node import SERVER, Node
from server.relay.reach import Address

PLACE_WAIT: Final = 2.0  # seconds that a newcomer waits for a relay, where the server is full
MOVE_TIME: Final = 10.0  # seconds in which who was sent elsewhere has got there
DOUBT: Final = 10.0  # seconds for which a relay that a child has left is the last choice
REFUSED: Final = 60.0  # seconds for which nobody is sent again where it could not stay


class Tree:
    """The tree of one station."""

    def __init__(self, allowed: RelayPlan) -> None:
        """Nobody listens."""
        self.allowed = allowed
        self.branches = Branches()
        self.fed: set[int] = set()  # whom the server feeds, or is to feed
        self._backups = Backups(self.branches)
        self._waiting: dict[int, None] = {}
        self._touched: set[int] = set()  # whose PARENTS may be others now
        self._now = 0.0
        self._moves = Moves(self.branches, allowed, self.fed, self._attach_now)

    @property
    def nodes(self) -> dict[int, Node]:
        """All listeners, by their ids."""
        return self.branches.nodes

    # -- what happens

    def join(self, node_id: int, address: Address | None, *, placeable: bool, now: float) -> bool:
        """A listener tunes in; whether it is PLACED: the server feeds it nothing for now."""
        if node_id in self.nodes:
            self.leave(node_id, now=now)
        node = Node(node_id, address, now, placeable and self.allowed.offered)
        self.branches.add(node)
        if not node.placeable:
            self._attach(node, SERVER, now=now)
        elif not self._find_place(node, now=now):
            self._waiting[node.id] = None
        return self._is_placed(node)

    def again(self, node_id: int, *, placeable: bool, now: float) -> bool:
        """A listener tunes in again, and goes on feeding others; whether it is PLACED."""
        node = self.nodes[node_id]
        node.placeable = placeable and self.allowed.offered
        if not node.placeable and node.parent != SERVER:
            self._waiting.pop(node_id, None)
            self._attach(node, SERVER, now=now)
        node.moved = now
        self._touched.add(node_id)
        return self._is_placed(node)

    def _is_placed(self, node: Node) -> bool:
        if node.parent == SERVER:
            node.fed_by, node.told = SERVER, ()
        else:
            node.fed_by, node.told = None, None
        self._count(node)
        return node.parent != SERVER

    def leave(self, node_id: int, *, now: float) -> None:
        """A listener is gone for good. May be called again."""
        node = self.nodes.get(node_id)
        if node is None:
            return
        self._backups.gone(node)
        self._backups.moved(node)
        heir = node.heir if node.parent == SERVER else None
        above = None if node.parent is None else self.nodes.get(node.parent)
        orphans = self.branches.remove(node)
        for ids in (self.fed, self._touched):
            ids.discard(node_id)
        if above is not None:
            self._count(above)  # whose last child that is not lost this may have been
        self._waiting.pop(node_id, None)
        for orphan in orphans:
            self._replace(orphan, is_heir=orphan.id == heir, now=now)

    def offer(self, node_id: int, *, port: int, room: int, rate: float = 0.0) -> int:
        """A relay was reached on `port`; how many children it will have at most.

        `room` 0: it can have none, or wants none any more; its children are moved.
        """
        node = self.nodes[node_id]
        node.port, node.rate = port, rate
        node.room = min(room, self.allowed.fan_out) if port and not node.banned else 0
        self._changed(node)
        return node.room

    def retell(self, node_id: int) -> None:
        """A relay offers itself anew: what others were told of it is void."""
        for node in self._backups.backed_by(node_id) | self.nodes[node_id].children:
            self.nodes[node].told = None
            self._touched.add(node)

    def withdraw(self, node_id: int, *, now: float) -> None:
        """A relay takes no children any more, and those that it has are to leave it."""
        node = self.nodes[node_id]
        self.offer(node_id, port=0, room=0)
        for child in sorted(node.children):
            self._replace(self.nodes[child], is_heir=False, now=now)

    def ban(self, node_id: int, *, now: float) -> None:
        """A relay was caught in a lie: it has no children from now on."""
        if node_id in self.nodes:
            self.nodes[node_id].banned = True
            self.withdraw(node_id, now=now)

    def part(self, node_id: int, other: int, *, now: float) -> None:
        """A listener is not to be fed by `other` again."""
        node = self.nodes[node_id]
        node.refused[other] = math.inf
        self._backups.stale.add(node_id)
        if node.parent == other:
            self._replace(node, is_heir=False, now=now)

    def lost(self, node_id: int) -> None:
        """A listener's control connection is lost: it may be gone, or feed and be fed as before."""
        self._set_lost(node_id, lost=True)

    def back(self, node_id: int, address: Address | None) -> None:
        """A listener has its control connection again; what it was told may not have arrived."""
        node = self.nodes.get(node_id)
        if node is not None:
            node.address, node.told = address, None
            self._touched.add(node_id)
            self._set_lost(node_id, lost=False)

    def report(
        self, node_id: int, fed_by: int, *, behind: int, buffered: int, pace: int, now: float
    ) -> bool:
        """A listener says who feeds it; whether there is something to `plan`."""
        node = self.nodes[node_id]
        node.behind, node.buffered, node.pace = behind, buffered, pace
        if fed_by == node.fed_by == node.parent:
            return False
        if self._strays(node, fed_by, now=now):
            self._follow(node, fed_by, now=now)
        else:
            node.fed_by = fed_by
        self._count(node)
        return True

    # -- what to do about it

    def plan(self, *, now: float) -> dict[int, tuple[int, ...]]:
        """Whom to send PARENTS, and which ones; () sends a listener to the server."""
        for node_id in list(self._waiting):
            if self._find_place(self.nodes[node_id], now=now):
                del self._waiting[node_id]
        self._now = now
        self._moves.make(now=now)
        self._touched |= self._backups.renew(now=now)
        found: dict[int, tuple[int, ...]] = {}
        for node_id in sorted(self._touched):
            node = self.nodes[node_id]
            parents = self._parents(node)
            if parents is not None and parents != node.told:
                found[node_id] = parents
                node.told_before = node.told or ()
                node.told = parents
        self._touched = {one for one in self._touched if self.nodes[one].lost}
        return found

    def deadline(self, *, now: float) -> float | None:
        """When to `plan` although nothing has happened."""
        if self._moves.is_unfinished:
            return now
        times = [self.nodes[one].since + PLACE_WAIT for one in islice(self._waiting, 1)]
        if self._moves.again_at is not None:
            times.append(self._moves.again_at)
        return min(times, default=None)

    # -- places

    def _parents(self, node: Node) -> tuple[int, ...] | None:
        """What the node should have been told; None: nothing, for now."""
        if node.parent is None or node.lost or not node.placeable:
            return None
        return () if node.parent == SERVER else (node.parent, *node.backups)

    def _find_place(self, node: Node, *, now: float) -> bool:
        feeds = self.allowed.feeds
        if len(self.fed) < self.allowed.tops:
            self._attach(node, SERVER, now=now)
            return True
        parent = self.branches.best_place(node, now=now)
        if parent is not None:
            self._attach(node, parent.id, now=now)
        elif not feeds or len(self.fed) < feeds or now >= node.since + PLACE_WAIT:
            self._attach(node, SERVER, now=now)
        return node.parent is not None

    def _replace(self, node: Node, *, is_heir: bool, now: float) -> None:
        """Another place for a node that must leave its own: where it would go by itself."""
        for one in node.backups:
            backup = self.nodes.get(one)
            if backup is not None and self.branches.takes(backup, node, spare=SPARE, now=now):
                self._attach(node, one, now=now)
                return
        feeds = self.allowed.feeds
        if is_heir or len(self.fed) < self.allowed.tops:
            self._attach(node, SERVER, now=now)
            return
        parent = self.branches.best_place(node, now=now)
        if parent is None and feeds and len(self.fed) >= feeds:
            parent = self.branches.spare_place(node, now=now)
        self._attach(node, SERVER if parent is None else parent.id, now=now)

    @staticmethod
    def _strays(node: Node, fed_by: int, *, now: float) -> bool:
        """Whether a node is fed by somebody else than it should be, and on its way to nobody."""
        if fed_by == node.parent or node.parent is None or not node.placeable:
            return False
        # What it says of the parent that it had before was said before it heard of the new one.
        is_before = fed_by in {node.fed_by, *node.told_before[:1]}
        return not is_before or now - node.moved >= MOVE_TIME

    def _follow(self, node: Node, fed_by: int, *, now: float) -> None:
        """Plan for a node what it has done, where that can be."""
        before, meant = node.fed_by, node.parent
        node.fed_by = fed_by
        if meant is not None and meant != SERVER:
            node.refused = {one: until for one, until in node.refused.items() if until > now}
            node.refused[meant] = max(now + REFUSED, node.refused.get(meant, 0.0))
            relay = self.nodes.get(meant)
            if relay is not None and before == meant:
                relay.doubted_until = now + DOUBT
        if fed_by == SERVER:
            self._attach(node, SERVER, now=now)
            return
        parent = self.nodes.get(fed_by)
        if node.refused.get(fed_by) != math.inf:
            node.refused.pop(fed_by, None)
        is_fit = parent is not None and self.branches.takes(parent, node, spare=SPARE, now=now)
        if is_fit and fed_by in node.known:
            self._attach(node, fed_by, now=now)
        else:
            node.told = None  # it has to be told even where its place stays the same
            self._replace(node, is_heir=False, now=now)

    def _attach(self, node: Node, parent: int, *, now: float) -> None:
        above = node.parent
        self.branches.attach(node, parent)
        node.moved = now
        self._count(node)
        self._touched.add(node.id)
        self._backups.moved(node)
        if above is not None and above != SERVER:
            self._backups.stale |= self.nodes[above].children
            self._count(self.nodes[above])

    def _attach_now(self, node: Node, parent: int) -> None:
        self._attach(node, parent, now=self._now)

    def _changed(self, node: Node) -> None:
        self.branches.refresh(node)
        self._backups.changed(node)
        if node.is_relay and self.branches.free(node) > 0:
            self._backups.room_came()

    def _set_lost(self, node_id: int, *, lost: bool) -> None:
        node = self.nodes.get(node_id)
        if node is None:
            return
        node.lost = lost
        self._count(node)
        self._changed(node)
        if node.parent is not None and node.parent != SERVER:
            self.branches.refresh(self.nodes[node.parent])
            self._count(self.nodes[node.parent])

    def _count(self, node: Node) -> None:
        # Who is lost may be gone, and then its place at the server is its heir's: until that has
        # come, it is nobody else's.
        is_kept = not node.lost or self.branches.load(node) > 0
        if is_kept and SERVER in {node.parent, node.fed_by}:
            self.fed.add(node.id)
        else:
            self.fed.discard(node.id)
