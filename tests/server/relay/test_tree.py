# SPDX-License-Identifier: GPL-3.0-or-later
"""Newcomers placed, and a tree kept in order (RFC.md, "Placing")."""

from common.constants import MAX_DEPTH, SPARE
from server.relay.allowed import RelayPlan
from server.relay.node import SERVER
from server.relay.reach import address_of
from server.relay.tree import DOUBT, MOVE_TIME, PLACE_WAIT, Tree
from tests.server.relay.obedient import HERE, Obedient


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
