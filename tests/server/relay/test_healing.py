# SPDX-License-Identifier: GPL-3.0-or-later
"""Orphans healed, liars cut off (RFC.md, "Healing", "Forgeries")."""

import pytest

from server.relay.node import SERVER
from tests.server.relay.obedient import HERE, Obedient


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
