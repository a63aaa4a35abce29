# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves that nobody waits for: away from where too many are, and nearer to the server.

Pure. Each kind stops by itself: a tree in which nothing happens is left as it is.
"""

from collections.abc import Callable
from itertools import islice
from typing import Final

from server.relay.allowed import RelayPlan
from server.relay.branches import LOOKED_AT, Branches
from server.relay.node import SERVER, Node

MOVES: Final = 4  # at once
SETTLE: Final = 5.0  # seconds in which a newcomer has said whether it is a relay
RAISE_EVERY: Final = 1.0  # seconds between two moves that make the tree flatter
RAISED: Final = 2  # levels that such a move gains


class Moves:
    """The tree's, with what they remember."""

    def __init__(
        self,
        branches: Branches,
        allowed: RelayPlan,
        fed: set[int],
        attach: Callable[[Node, int], None],
    ) -> None:
        """`fed` are those that the server feeds or is to feed; `attach` moves a node."""
        self.is_unfinished = False  # a move may have made room for another one
        self.again_at: float | None = None  # when there may be something to move
        self._branches = branches
        self._allowed = allowed
        self._fed = fed
        self._attach_to = attach
        self._raised = 0.0

    def make(self, *, now: float) -> None:
        """Move some."""
        self.again_at, self.is_unfinished = None, False
        left = self._relieve_relays(MOVES, now=now)
        self._relieve_server(left, now=now)
        self._fill_top(now=now)
        self._flatten(now=now)

    def _relieve_relays(self, most: int, *, now: float) -> int:
        """Move children of those that have too many; how many more moves may be made."""
        branches = self._branches
        for relay_id in sorted(branches.overfull):
            relay = branches.nodes[relay_id]
            children = [branches.nodes[child] for child in relay.children]
            children.sort(key=lambda node: (len(node.children), node.id))
            for child in children:
                if not most or branches.free(relay) >= 0:
                    break
                place = None if child.lost else branches.best_place(child, now=now)
                if place is not None:
                    self._attach(child, place.id)
                    most -= 1
        return most

    def _relieve_server(self, most: int, *, now: float) -> None:
        """Move whom the server feeds beyond its measure, those first that feed nobody."""
        feeds = self._allowed.feeds
        branches = self._branches
        if not feeds or len(branches.below_server) <= feeds:
            return
        below = [branches.nodes[one] for one in branches.below_server]
        # One that a child has left is mostly dead, and the child has its place.
        counting = [node for node in below if not node.lost and node.doubted_until <= now]
        over = len(counting) - feeds
        tops = sum(node.is_relay for node in counting)
        counting.sort(key=lambda node: (node.room, len(node.children), node.id))
        for node in counting:
            if over <= 0 or not most:
                break
            if not node.placeable or (node.is_relay and tops <= self._allowed.tops):
                continue
            place = branches.best_place(node, now=now)
            if place is not None:
                tops -= node.is_relay
                self._attach(node, place.id)
                over, most = over - 1, most - 1

    def _fill_top(self, *, now: float) -> None:
        """See to it that the server feeds some relays, so that each has another to fall back to."""
        branches = self._branches
        below = [branches.nodes[one] for one in branches.below_server & self._fed]
        if sum(node.is_relay for node in below) >= self._allowed.tops:
            return
        relay = self._best_deep_relay(now=now)
        if relay is None:
            return
        if not self._allowed.feeds or len(self._fed) < self._allowed.feeds:
            self._attach(relay, SERVER)
            return
        for node in below:
            if not node.placeable or node.room or node.is_moving:
                continue
            if now < node.since + SETTLE:
                self._look_again(node.since + SETTLE)
                continue
            place = branches.best_place(node, now=now)
            if place is not None:
                self._attach(node, place.id)  # and the relay comes when its place is free
                return

    def _best_deep_relay(self, *, now: float) -> Node | None:
        """A relay to be fed by the server: of the least deep ones that it does not feed."""
        for depth in sorted(self._branches.levels):
            nodes = (self._branches.nodes[one] for one in self._branches.levels[depth])
            fit = (
                node
                for node in nodes
                if depth > 1 and node.is_relay and node.placeable and not node.is_moving
                if node.doubted_until <= now
            )
            best = max(
                islice(fit, LOOKED_AT),
                key=lambda node: (node.room, node.rate, -node.id),
                default=None,
            )
            if best is not None:
                return best
        return None

    def _flatten(self, *, now: float) -> None:
        """Move the upper end of a long branch to where there is room much nearer to the server."""
        branches = self._branches
        highest, deepest = branches.shallowest_open(), branches.deepest()
        if highest is None or deepest is None or deepest.depth - highest - 1 < RAISED:
            return
        if now < self._raised + RAISE_EVERY:
            self._look_again(self._raised + RAISE_EVERY)
            return
        for node in branches.branch(deepest.id):
            # All that is nearer to the server gains less than it is worth.
            if node.depth != highest + 1 + RAISED or node.lost or node.is_moving:
                continue
            place = branches.best_place(node, now=now)
            if place is not None and node.depth - place.depth - 1 >= RAISED:
                self._raised = now
                self._look_again(now + RAISE_EVERY)
                self._attach(node, place.id)
                return

    def _attach(self, node: Node, parent: int) -> None:
        self.is_unfinished = True
        self._attach_to(node, parent)

    def _look_again(self, at: float) -> None:
        self.again_at = at if self.again_at is None else min(self.again_at, at)
