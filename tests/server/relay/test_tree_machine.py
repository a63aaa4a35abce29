# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree under anything that listeners can do or say, in any order."""

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from common.constants import MAX_DEPTH, MAX_PARENTS, SPARE
from server.relay.allowed import RelayPlan
from server.relay.node import SERVER, Node
from server.relay.reach import address_of
from server.relay.tree import PLACE_WAIT, Tree

NODES = st.integers(1, 12)
FED_BY = st.integers(0, 13)
PLACES = st.sampled_from(["127.0.0.1", "192.168.0.7", "8.8.8.8", "2606:4700::1", "fe80::1%eth0"])


class Audience(RuleBasedStateMachine):
    """Whatever happens: no circle, no overload, nobody forgotten, nobody told of the dead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1.0
        self.tree = Tree(RelayPlan(fan_out=2, feeds=3))

    def node(self, number: int) -> Node | None:
        return self.tree.nodes.get(number)

    @rule(number=NODES, address=PLACES, placeable=st.booleans())
    def joins(self, number: int, address: str, placeable: bool) -> None:
        placed = self.tree.join(number, address_of(address), placeable=placeable, now=self.now)
        assert placeable or not placed

    @rule(number=NODES, address=st.sampled_from(["127.0.0.1", "8.8.8.8"]), room=st.integers(1, 4))
    def joins_as_a_relay(self, number: int, address: str, room: int) -> None:
        self.tree.join(number, address_of(address), placeable=True, now=self.now)
        self.tree.offer(number, port=1, room=room)

    @rule(number=NODES)
    def leaves(self, number: int) -> None:
        self.tree.leave(number, now=self.now)

    @rule(number=NODES, room=st.integers(0, 4))
    def offers(self, number: int, room: int) -> None:
        if number in self.tree.nodes:
            self.tree.offer(number, port=1, room=room)

    @rule(number=NODES)
    def withdraws(self, number: int) -> None:
        if number in self.tree.nodes:
            self.tree.withdraw(number, now=self.now)

    @rule(number=NODES)
    def is_banned(self, number: int) -> None:
        self.tree.ban(number, now=self.now)

    @rule(number=NODES, other=NODES)
    def parts(self, number: int, other: int) -> None:
        if number in self.tree.nodes:
            self.tree.part(number, other, now=self.now)

    @rule(number=NODES)
    def loses_control(self, number: int) -> None:
        self.tree.lost(number)

    @rule(number=NODES, address=PLACES)
    def comes_back(self, number: int, address: str) -> None:
        self.tree.back(number, address_of(address))

    @rule(number=NODES, fed_by=FED_BY)
    def reports_anything(self, number: int, fed_by: int) -> None:
        if number in self.tree.nodes:
            self.tree.report(number, fed_by, behind=1, buffered=0, pace=0, now=self.now)

    @rule(number=NODES)
    def obeys(self, number: int) -> None:
        node = self.node(number)
        if node is not None and node.told is not None and node.placeable:
            fed_by = node.told[0] if node.told else SERVER
            self.tree.report(number, fed_by, behind=1, buffered=0, pace=0, now=self.now)

    @rule(number=NODES, which=st.integers(1, 4))
    def falls_back(self, number: int, which: int) -> None:
        node = self.node(number)
        if node is not None and node.told is not None and node.placeable:
            fed_by = node.told[which] if which < len(node.told) else SERVER
            self.tree.report(number, fed_by, behind=1, buffered=0, pace=0, now=self.now)

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 30.0, 100.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def comes_to_rest(self) -> None:
        """However it looks, a tree that everybody obeys comes to an end with its changes."""
        self.now += 200.0
        for _ in range(60):
            self.now += 2 * PLACE_WAIT
            self.plans()
            for node in list(self.tree.nodes.values()):
                if node.parent is not None and not node.lost:
                    self.tree.report(
                        node.id, node.parent, behind=1, buffered=0, pace=0, now=self.now
                    )
        self.now += 2 * PLACE_WAIT
        assert self.tree.plan(now=self.now) == {}
        assert self.tree.deadline(now=self.now) is None
        # The server is the last resort: there is no room where its children could be.
        movable = [self.tree.nodes[one] for one in self.tree.branches.below_server]
        alive = [node for node in movable if not node.lost]
        if len(alive) > self.tree.allowed.feeds:
            tops = sum(node.is_relay for node in alive)
            for node in alive:
                if node.placeable and (not node.is_relay or tops > self.tree.allowed.tops):
                    assert self.tree.branches.best_place(node, now=self.now) is None

    @rule()
    def plans(self) -> None:
        for number, parents in self.tree.plan(now=self.now).items():
            node = self.tree.nodes[number]
            assert node.placeable
            assert not node.lost
            assert len(parents) == len(set(parents)) <= MAX_PARENTS
            assert node.parent == (parents[0] if parents else SERVER)
            for parent in parents:
                relay = self.tree.nodes[parent]
                assert relay.port
                assert not relay.banned
                assert not self.tree.branches.is_below(parent, number)
            above = self.tree.nodes[parents[0]] if parents else None
            seems_gone = above is not None and (above.lost or above.doubted_until > self.now)
            for backup in parents[1:]:
                assert seems_gone or not self.tree.branches.is_below(backup, parents[0])
        assert self.tree.plan(now=self.now) == {} or self.tree.deadline(now=self.now) is not None

    @invariant()
    def is_a_tree(self) -> None:
        tree = self.tree
        for node in tree.nodes.values():
            seen: list[int] = []
            at: int | None = node.id
            while at not in {None, SERVER}:
                assert at is not None
                assert at not in seen, "a circle"
                seen.append(at)
                at = tree.nodes[at].parent
            assert node.depth == (len(seen) if at == SERVER else 0)
            assert node.depth <= MAX_DEPTH
            assert node.placeable or node.parent == SERVER
            for child in node.children:
                assert tree.nodes[child].parent == node.id

    @invariant()
    def nobody_is_overloaded(self) -> None:
        for node in self.tree.nodes.values():
            assert len([c for c in node.children if not self.tree.nodes[c].lost]) <= 4 + SPARE

    @invariant()
    def what_is_counted_is_right(self) -> None:
        tree = self.tree
        below = {node.id for node in tree.nodes.values() if node.parent == SERVER}
        assert tree.branches.below_server == below
        fed = {
            node.id
            for node in tree.nodes.values()
            if SERVER in {node.parent, node.fed_by}
            and (not node.lost or any(not tree.nodes[child].lost for child in node.children))
        }
        assert tree.fed == fed
        for depth, nodes in tree.branches.levels.items():
            assert all(tree.nodes[one].depth == depth for one in nodes)


# Without shrinking: of 60 steps that go wrong, it would take minutes.
Audience.TestCase.settings = settings(
    max_examples=150, stateful_step_count=60, phases=[Phase.explicit, Phase.generate]
)
TestAudience = Audience.TestCase
