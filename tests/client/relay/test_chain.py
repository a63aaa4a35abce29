# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners that feed each other: whatever happens to one, the others miss no byte."""

import random
from collections.abc import Callable

import pytest

from client.relay.node import FAREWELL
from client.relay.parent_line import STEP
from common.constants import PARENT_SILENT, START_BACK
from common.errors import ErrorCode
from data.frame_header import HEADER, FrameType
from data.station.ring import Out
from tests.client.relay.broadcast import START, STRETCH
from tests.client.relay.village import EACH, Member, Village


def chain() -> tuple[Village, Member, Member, Member]:
    """The server feeds 1, which feeds 2, which feeds 3; 3 knows 1 too."""
    village = Village()
    first = village.joined_by(1)
    second = village.joined_by(2, 1)
    third = village.joined_by(3, 2, 1)
    village.passes(3.0)
    assert village.feeders == {1: 0, 2: 1, 3: 2}
    return village, first, second, third


def assert_whole(village: Village, member: Member) -> None:
    """Nothing is missing, nothing was heard twice, and it is at the live edge."""
    assert member.heard == list(range(START, village.edge, STRETCH))


def test_a_chain_brings_everything_and_the_server_feeds_one() -> None:
    village, *members = chain()
    for member in members:
        assert_whole(village, member)
    assert list(village.feeds) == [1]
    assert members[1].from_server == members[2].from_server == 0
    assert [member.node.feeding.nodes for member in members] == [(), (1,), (1, 2)]


def test_the_middle_one_is_killed() -> None:
    village, _, second, third = chain()
    second.dies()
    village.passes(1.0)
    assert village.feeders[3] == 1
    assert third.node.feeding.nodes == (1,)
    assert_whole(village, third)


def test_the_middle_one_stops_without_a_word() -> None:
    village, _, second, third = chain()
    second.is_frozen = True
    village.passes(PARENT_SILENT + STEP + EACH + 0.3)
    assert village.feeders[3] == 1
    village.passes(1.0)
    assert_whole(village, third)


def test_everybody_above_is_killed_and_the_server_helps() -> None:
    village, first, second, third = chain()
    first.dies()
    second.dies()
    village.passes(1.0)
    assert village.feeders[3] == 0
    assert_whole(village, third)


def test_the_top_stops_and_the_tree_below_holds_together() -> None:
    village, first, second, third = chain()
    first.is_frozen = True
    village.passes(8.0)
    # The one next to it has moved before the one below lost patience.
    assert village.feeders == {1: 0, 2: 0, 3: 2}
    assert third.node.feeding.nodes == (2,)
    assert_whole(village, second)
    assert_whole(village, third)


def test_the_middle_one_leaves_in_peace() -> None:
    village, _, second, third = chain()
    second.node.leave(village.now)
    village.passes(FAREWELL - 0.3)
    assert (second.node.has_left, village.feeders[3]) == (False, 2)
    village.passes(0.6)
    assert second.node.has_left
    assert village.feeders[3] == 1
    assert_whole(village, third)


def test_the_server_moves_the_children_of_one_that_leaves() -> None:
    village, _, second, third = chain()
    second.node.leave(village.now)
    village.places(3, 1)
    village.passes(0.3)
    assert second.node.has_left
    assert village.feeders[3] == 1
    assert_whole(village, third)


def test_the_middle_one_turns_to_something_else() -> None:
    village, _, second, third = chain()
    second.node.untuned(village.now)
    village.passes(0.5)
    assert village.feeders[3] == 1
    assert_whole(village, third)
    assert second.node.status(village.now).children == 0


def flip(out: Out) -> Out:
    return Out(out.header, out.payload[:-1] + bytes([out.payload[-1] ^ 1]))


def flipped(kind: FrameType) -> Callable[[list[Out], list[Out]], list[Out]]:
    return lambda frames, _: [flip(out) if is_of(out, kind) else out for out in frames]


def relabelled(frames: list[Out], old: list[Out]) -> list[Out]:
    """Old sound under the numbers of the new."""
    return [Out(out.header, kept.payload) for out, kept in zip(frames, old, strict=False)]


LIES: dict[str, Callable[[list[Out], list[Out]], list[Out]]] = {
    "flip": flipped(FrameType.DATA),
    "seal": flipped(FrameType.SEAL),
    "title": flipped(FrameType.SONG),
    "replay": lambda _, old: old,
    "relabel": relabelled,
    "leave out seals": lambda frames, _: [o for o in frames if not is_of(o, FrameType.SEAL)],
}


class Liar:
    """Does its worst from now on, once it is told to."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.lies = False
        self.kept: list[Out] = []

    def __call__(self, frames: list[Out]) -> list[Out]:
        if not self.lies:
            self.kept = self.kept or [
                out for out in frames if is_of(out, FrameType.DATA, FrameType.SEAL)
            ]
            return frames
        return LIES[self.kind](frames, self.kept[:2])


def is_of(out: Out, *kinds: FrameType) -> bool:
    return HEADER.unpack(out.header)[1] in kinds


@pytest.mark.parametrize("kind", ["flip", "seal", "replay", "relabel", "leave out seals"])
def test_a_liar_is_found_out_and_nothing_of_it_is_heard_or_passed_on(kind: str) -> None:
    liar = Liar(kind)
    village = Village()
    village.joined_by(1)
    village.joined_by(2, 1, doctor=liar)
    third = village.joined_by(3, 2, 1)
    fourth = village.joined_by(4, 3)
    village.passes(1.0)
    liar.lies = True
    village.passes(2.0)
    assert village.accused == [(3, 2)]
    assert (village.feeders[3], village.feeders[4]) == (1, 3)
    assert_whole(village, third)
    assert_whole(village, fourth)


def test_a_liar_about_the_title_is_found_out_at_once() -> None:
    liar = Liar("title")
    liar.lies = True
    village = Village()
    village.joined_by(1)
    village.joined_by(2, 1, doctor=liar)
    third = village.joined_by(3, 2, 1)
    assert village.accused == [(3, 2)]
    assert_whole(village, third)


def test_a_relay_offers_itself_when_it_has_something_and_a_latecomer_has_sound_at_once() -> None:
    village = Village()
    first = village.joined_by(1)
    assert village.keys == {1: b"\x01" * 32}
    village.passes(20.0)
    late = village.joined_by(2, 1)
    assert len(late.heard) * EACH >= START_BACK
    assert first.node.status(village.now).children == 1
    assert late.node.status(village.now).depth == 1


def test_the_user_of_a_relay_that_cannot_be_reached_is_told_and_hears_on() -> None:
    village = Village(refuses=ErrorCode.UNREACHABLE)
    first = village.joined_by(1)
    village.passes(3.0)
    assert len(first.notices) == 1
    assert "port 1" in first.notices[0]
    assert_whole(village, first)


def test_the_link_to_the_server_may_be_lost_meanwhile() -> None:
    village, _, second, third = chain()
    third.node.unlinked(village.now)
    second.dies()
    village.passes(1.0)
    third.node.linked(village.now)
    village.passes(0.5)
    assert village.feeders[3] == 1
    assert_whole(village, third)


def test_a_relay_that_was_asked_before_the_link_was_lost_asks_again() -> None:
    village = Village()
    first = village.joined_by(1)
    first.node.unlinked(village.now)
    first.node.linked(village.now)
    village.passes(1.0)
    assert first.node.children.has_sound


def test_a_stream_begins_anew_behind_a_hole_and_the_offer_stands() -> None:
    village, first, *_ = chain()
    first.node.lost(village.now)
    first.tunes()
    village.passes(0.5)
    assert first.node.status(village.now).children == 1
    assert village.keys[1] == b"\x01" * 32


def test_a_stream_that_is_asked_for_on_a_new_link_is_offered_anew() -> None:
    village = Village()
    first = village.joined_by(1)
    first.node.unlinked(village.now)
    first.node.lost(village.now)
    village.keys.clear()
    first.tunes()
    village.passes(1.0)
    assert village.keys == {1: b"\x01" * 32}


def test_status() -> None:
    village, first, second, _ = chain()
    status = second.node.status(village.now)
    assert (status.depth, status.children) == (1, 1)
    assert status.rate > STRETCH / EACH
    assert first.node.feeder == 0


@pytest.mark.parametrize("seed", range(20))
def test_whoever_goes_and_comes_nobody_else_misses_a_byte(seed: int) -> None:
    chance = random.Random(seed)
    village = Village()
    alive = [village.joined_by(1), village.joined_by(2)]
    for number in range(3, 12):
        known = [member.number for member in alive if member.number in village.keys]
        parents = chance.sample(known, min(len(known), chance.randint(1, 4)))
        alive.append(village.joined_by(number, *parents))
        if len(alive) > 3 and chance.random() < 0.6:
            victim = alive.pop(chance.randrange(len(alive)))
            match chance.choice(["die", "freeze", "leave", "untune"]):
                case "die":
                    victim.dies()
                case "freeze":
                    victim.is_frozen = True
                case "leave":
                    victim.node.leave(village.now)
                case _:
                    victim.node.untuned(village.now)
                    village.feeds.pop(victim.number, None)
        village.passes(chance.random() * 3)
    village.passes(12.0)
    for member in alive:
        assert member.heard == list(range(member.heard[0], village.edge, STRETCH)), member.number
