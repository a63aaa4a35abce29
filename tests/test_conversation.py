# SPDX-License-Identifier: GPL-3.0-or-later
"""Random conversations between both sides of the protocol, over pipes that cut and delay.

No socket and no clock: a step lets one party act, or lets some bytes of one pipe arrive. Whatever
the order, no side may find fault with the other, and what is heard of a stream is the track from
its start on, byte by byte, and nothing behind a newer stream.
"""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.events import Cause, Closed
from tests.conversation.music import AUDIO
from tests.conversation.world import World

# How often, beside each other: most steps only move bytes.
STEPS = {
    "control up": 40,
    "control down": 40,
    "data up": 20,
    "data down": 40,
    "serve": 40,
    "credit": 20,
    "resume": 20,
    "list": 5,
    "play": 4,
    "play nothing": 2,
    "seek": 2,
    "stop": 1,
    "lose": 1,
    "break": 1,
}
SIZES = (1, 19, 300, 3000, 20_000, 20_000)  # bytes, of a piece or of a wish


def finish(world: World) -> None:
    """Whatever has happened before, one more song can be heard whole, and nobody is owed."""
    world.settle()
    assert world.client.attached, "REOPEN has brought a new connection"
    assert world.client.unanswered == 0, "every request is answered"
    assert world.client.is_open
    world.client.play(2, 5000)
    world.flush()
    world.settle()
    song = world.client.songs[world.client.asked]
    for _ in range(len(AUDIO[2])):
        if song.ended:
            break
        before = song.next
        world.user("credit", 4000)
        world.settle()
        assert song.next > before or song.next == len(AUDIO[2])
    assert bytes(song.audio) == AUDIO[2]
    world.client.control.bye(now=0)
    world.flush()
    while world.control_up(1 << 20) or world.control_down(1 << 20):
        pass
    assert world.server.closed == Closed(Cause.BYE)
    assert world.client.closed == Closed(Cause.GOODBYE)


def course(seed: int, length: int) -> list[tuple[str, int]]:
    chance = Random(seed)
    names = chance.choices(list(STEPS), list(STEPS.values()), k=length)
    return [(name, chance.choice(SIZES)) for name in names]


often = [name for name, weight in STEPS.items() for _ in range(-(-weight // 4))]


@given(st.lists(st.tuples(st.sampled_from(often), st.sampled_from(SIZES)), max_size=100))
def test_any_conversation(steps: list[tuple[str, int]]) -> None:
    world = World()
    for what, size in steps:
        world.step(what, size)
    finish(world)


@pytest.mark.parametrize("seed", range(60))
def test_a_long_conversation(seed: int) -> None:
    world = World()
    for what, size in course(seed, 3000):
        world.step(what, size)
    finish(world)


def test_the_long_ones_see_what_they_are_for() -> None:
    """A test of the test: songs are heard, lost, resumed and completed in it."""
    heard = resumed = lost = completed = 0
    for seed in range(20):
        world = World()
        for what, size in course(seed, 3000):
            world.step(what, size)
        songs = list(world.client.songs.values())
        heard += sum(len(song.audio) for song in songs)
        resumed += len(songs) - len({id(song) for song in songs})
        lost += len(world.client.links) - 1
        completed += sum(song.ended for song in songs)
    assert heard > 1_000_000
    assert min(resumed, lost, completed) > 10
