# SPDX-License-Identifier: GPL-3.0-or-later
"""Newcomers placed, orphans healed, liars cut off (RFC.md, "Placing", "Healing", "Forgeries")."""

import pytest

from common.constants import MAX_DEPTH, SPARE
from server.relay.allowed import RelayPlan
from server.relay.node import SERVER
from server.relay.reach import address_of
from server.relay.tree import DOUBT, MOVE_TIME, PLACE_WAIT, Tree

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


def test_the_server_feeds_the_first_ones_and_the_others_go_below_them() -> None:
    audience = Obedient()
    assert [audience.join(node) for node in range(1, 7)] == [False] * 2 + [True] * 4
    assert audience.parents() == {1: SERVER, 2: SERVER, 3: 1, 4: 1, 5: 2, 6: 2}


def test_with_a_fan_out_of_one_it_is_a_chain() -> None:
    audience = Obedient(fan_out=1, feeds=8)
    for node in range(1, 6):
        audience.join(node, room=5)
    assert audience.parents() == {1: SERVER, 2: 1, 3: 2, 4: 3, 5: 4}


def test_the_faster_of_two_relays_is_filled_first() -> None:
    audience = Obedient(fan_out=3)
    audience.join(1, rate=1000.0)
    audience.join(2, rate=2000.0)
    audience.join(3, room=0)
    assert audience.parents()[3] == 2


def test_a_listener_that_does_not_want_relays_is_fed_by_the_server() -> None:
    audience = Obedient()
    for node in (1, 2):
        audience.join(node)
    for node in (3, 4, 5):
        assert not audience.join(node, placeable=False)
    assert audience.parents() == {1: SERVER, 2: SERVER, 3: SERVER, 4: SERVER, 5: SERVER}
    assert audience.told == {}


def test_without_relays_the_server_feeds_everybody() -> None:
    audience = Obedient(offered=False)
    assert not any(audience.join(node, room=0) for node in range(1, 6))
    assert set(audience.parents().values()) == {SERVER}
    assert audience.told == {}


def test_a_newcomer_waits_for_a_relay_where_the_server_is_full_but_not_for_long() -> None:
    audience = Obedient()
    assert [audience.join(node, room=0) for node in (1, 2, 3)] == [False, False, True]
    assert audience.parents()[3] is None
    assert audience.tree.deadline(now=audience.now) == audience.now + PLACE_WAIT
    audience.settle(seconds=PLACE_WAIT)
    assert audience.parents()[3] == SERVER
    assert audience.told[3] == ()  # it would wait for ever if it were not told


def test_a_newcomer_that_waits_is_placed_as_soon_as_there_is_a_relay() -> None:
    audience = Obedient()
    for node in (1, 2, 3):
        audience.join(node, room=0)
    audience.tree.offer(2, port=1, room=1)
    audience.settle()
    assert audience.parents()[3] == 2


def test_a_relay_takes_the_place_of_a_listener_at_the_server() -> None:
    audience = Obedient()
    audience.join(1, room=2)
    audience.join(2, room=0)
    audience.join(3, room=2)
    assert audience.parents() == {1: SERVER, 2: SERVER, 3: 1}
    audience.settle(seconds=10.0)
    assert audience.parents()[3] == SERVER
    assert audience.parents()[2] in {1, 3}


def test_backups_are_in_another_branch_and_spread() -> None:
    audience = Obedient(fan_out=3)
    for node in range(1, 12):
        audience.join(node, room=3)
    tree = audience.tree
    children = sorted(tree.nodes[1].children)
    told = [audience.told[child] for child in children]
    assert [parents[0] for parents in told] == [1, 1, 1]
    # One takes the lost one's place at the server, the others go to different relays.
    firsts = [parents[1] for parents in told if len(parents) > 1]
    assert len(firsts) == len(set(firsts)) == 2
    for parents in told:
        assert not any(tree.branches.is_below(backup, 1) for backup in parents[1:])


def test_orphans_are_followed_to_their_backups_and_the_server_is_not_overrun() -> None:
    audience = Obedient(fan_out=3)
    for node in range(1, 12):
        audience.join(node, room=3)
    children = sorted(audience.tree.nodes[1].children)
    audience.tree.lost(1)
    for child in children:
        fallen = audience.told[child][1:]
        audience.says(child, fallen[0] if fallen else SERVER)
        audience.settle()
        assert len(audience.tree.fed - {1}) <= 2
    audience.settle(seconds=20.0)
    assert sorted(audience.tree.fed) == sorted(audience.tree.branches.below_server - {1})
    assert len(audience.tree.fed) == 2


def test_the_place_of_a_lost_relay_is_kept_for_its_heir() -> None:
    audience = Obedient(fan_out=2)
    for node in range(1, 5):
        audience.join(node)
    heir = audience.tree.nodes[1].heir
    assert heir is not None
    assert audience.told[heir] == (1,)
    audience.tree.lost(1)
    audience.join(9)
    assert audience.parents()[9] != SERVER
    audience.says(heir, SERVER)
    audience.settle()
    assert audience.parents()[heir] == SERVER
    assert len(audience.tree.fed - {1}) == 2


def test_nobody_is_told_anything_while_it_falls_back() -> None:
    audience = Obedient(fan_out=3)
    for node in range(1, 9):
        audience.join(node, room=3)
    audience.told.clear()
    heir = audience.tree.nodes[1].heir
    assert heir is not None
    audience.tree.lost(1)
    audience.says(heir, SERVER)
    audience.settle()
    assert not audience.told.keys() & audience.tree.nodes[1].children


def test_a_chain_closes_over_a_lost_link() -> None:
    audience = Obedient(fan_out=1, feeds=1)
    for node in range(1, 6):
        audience.join(node)
    assert audience.told[4][:2] == (3, 2)
    audience.tree.lost(3)
    audience.says(4, 2)
    audience.settle()
    assert audience.parents() == {1: SERVER, 2: 1, 3: 2, 4: 2, 5: 4}
    audience.tree.leave(3, now=audience.now)
    audience.settle()
    assert audience.parents() == {1: SERVER, 2: 1, 4: 2, 5: 4}


def test_a_relay_that_leaves_politely_hands_its_children_over() -> None:
    audience = Obedient()
    for node in range(1, 7):
        audience.join(node)
    children = sorted(audience.tree.nodes[1].children)
    audience.tree.withdraw(1, now=audience.now)
    audience.settle(seconds=5.0)
    assert not audience.tree.nodes[1].children
    assert all(audience.told[child][:1] != (1,) for child in children)


def test_a_liar_has_no_children_any_more_and_listens_on() -> None:
    audience = Obedient()
    for node in range(1, 7):
        audience.join(node)
    audience.tree.ban(1, now=audience.now)
    audience.settle()
    assert not audience.tree.nodes[1].children
    assert audience.parents()[1] is not None
    assert audience.tree.offer(1, port=2, room=2) == 0
    assert all(1 not in told for told in map(audience.told.get, range(1, 7)) if told)


def test_an_accuser_who_is_not_believed_is_only_moved() -> None:
    audience = Obedient()
    for node in range(1, 7):
        audience.join(node)
    accused = audience.parents()[6]
    assert accused is not None
    audience.tree.part(6, accused, now=audience.now)
    audience.settle(seconds=1000.0)
    assert audience.parents()[6] != accused
    assert accused not in audience.told[6]
    assert audience.tree.nodes[accused].room == 2


def test_who_cannot_stay_somewhere_is_not_sent_there_again_soon() -> None:
    audience = Obedient(fan_out=3)
    for node in (1, 2):
        audience.join(node, room=3)
    audience.tree.join(3, HERE, placeable=True, now=audience.now)
    (first, *others) = audience.tree.plan(now=audience.now)[3]
    audience.says(3, others[0] if others else SERVER)
    audience.settle(seconds=MOVE_TIME)
    assert audience.parents()[3] != first


def test_who_does_not_go_where_it_is_sent_is_left_where_it_is() -> None:
    audience = Obedient()
    for node in range(1, 4):
        audience.join(node)
    audience.tree.withdraw(1, now=audience.now)
    assert 3 in audience.tree.plan(now=audience.now)
    assert not audience.tree.plan(now=audience.now)
    audience.now += MOVE_TIME
    audience.says(3, 1)  # still, and 1 is no relay any more
    assert 3 in audience.tree.plan(now=audience.now)  # so it is told again


def test_a_report_that_crosses_with_parents_changes_nothing() -> None:
    audience = Obedient()
    for node in range(1, 6):
        audience.join(node)
    audience.tree.withdraw(1, now=audience.now)
    moved = [node for node in (3, 4, 5) if node in audience.tree.plan(now=audience.now)]
    assert moved
    audience.says(moved[0], 1)
    assert not audience.tree.plan(now=audience.now)


def test_a_parent_that_was_never_named_is_not_believed() -> None:
    audience = Obedient()
    for node in range(1, 8):
        audience.join(node)
    stranger = next(node for node in range(1, 8) if node not in {7, *(audience.told.get(7) or ())})
    audience.says(7, stranger)
    assert 7 not in audience.tree.nodes[stranger].children
    assert 7 in audience.tree.plan(now=audience.now)  # and it is told where to go


def test_a_relay_takes_no_more_than_its_spare_places() -> None:
    audience = Obedient(fan_out=1, feeds=0)
    audience.join(1, room=1)
    for node in range(2, 4 + SPARE):
        audience.join(node, room=0)
        audience.tree.nodes[node].told = (1,)
        audience.says(node, 1)
    assert len(audience.tree.nodes[1].children) == 1 + SPARE


def test_a_relay_with_too_many_children_is_relieved() -> None:
    audience = Obedient(fan_out=2)
    for node in range(1, 7):
        audience.join(node)
    audience.tree.offer(1, port=1, room=1)
    audience.settle()
    assert len(audience.tree.nodes[1].children) == 1


def test_a_listener_is_only_sent_where_it_can_get() -> None:
    tree = Tree(RelayPlan(feeds=1))
    tree.join(1, address_of("127.0.0.1"), placeable=True, now=0.0)
    tree.offer(1, port=1, room=3)
    tree.join(2, address_of("8.8.8.8"), placeable=True, now=0.0)
    tree.join(3, address_of("::ffff:127.0.0.1"), placeable=True, now=0.0)
    assert (tree.nodes[2].parent, tree.nodes[3].parent) == (None, 1)


def test_the_tree_is_no_deeper_than_its_bound() -> None:
    audience = Obedient(fan_out=1, feeds=1)
    for node in range(1, MAX_DEPTH + 1):
        audience.join(node)
    assert max(node.depth for node in audience.tree.nodes.values()) == MAX_DEPTH
    audience.join(MAX_DEPTH + 1)
    audience.settle(seconds=PLACE_WAIT)
    assert audience.parents()[MAX_DEPTH + 1] == SERVER
    assert max(node.depth for node in audience.tree.nodes.values()) <= MAX_DEPTH


def test_a_tree_in_which_nothing_happens_is_left_alone() -> None:
    audience = Obedient(fan_out=3)
    for node in range(1, 40):
        audience.join(node, room=3 * (node % 3 > 0))
    audience.settle(seconds=60.0)
    audience.told.clear()
    for _ in range(20):
        audience.now += 5.0
        for node, parent in audience.parents().items():
            assert parent is not None
            assert not audience.says(node, parent)
        audience.settle()
    assert audience.told == {}
    assert audience.tree.deadline(now=audience.now) is None


def test_a_doubtful_relay_is_the_last_choice() -> None:
    audience = Obedient(fan_out=3)
    for node in (1, 2, 3, 4):
        audience.join(node, room=3)
    parent = audience.parents()[4]
    assert parent is not None
    audience.says(4, SERVER)
    assert audience.tree.nodes[parent].doubted_until == audience.now + DOUBT
    other = 3 - parent
    audience.join(5)
    audience.join(6)
    assert {audience.parents()[5], audience.parents()[6]} == {other}


@pytest.mark.parametrize("lost_first", [True, False])
def test_a_listener_that_comes_back_is_told_again_where_it_belongs(*, lost_first: bool) -> None:
    audience = Obedient()
    for node in range(1, 5):
        audience.join(node)
    if lost_first:
        audience.tree.lost(3)
    audience.tree.back(3, HERE)
    plan = audience.tree.plan(now=audience.now)
    assert plan[3][0] == audience.parents()[3]


def test_a_lost_one_keeps_its_place_only_for_those_below_it() -> None:
    audience = Obedient()
    for node in range(1, 4):
        audience.join(node)
    assert audience.parents() == {1: SERVER, 2: SERVER, 3: 1}
    audience.tree.lost(1)
    assert audience.tree.fed == {1, 2}
    audience.tree.leave(3, now=audience.now)
    assert audience.tree.fed == {2}
