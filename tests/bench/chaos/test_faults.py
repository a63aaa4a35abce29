# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of faults: the seed decides all of it, and nothing has two faults at once."""

from itertools import combinations

import pytest

from bench.chaos.faults import CALM, HABITS, Fault, Kind, Stage, Target, draw

STAGE = Stage(clients=20, links=6, songs=8)


def drawn(seed: int = 1, *, seconds: float = 600, stage: Stage = STAGE) -> list[Fault]:
    return draw(seed, seconds=seconds, stage=stage)


def test_the_same_seed_draws_the_same_faults_at_the_same_times() -> None:
    assert drawn() == drawn()
    assert drawn() != drawn(2)


def test_ten_minutes_have_everything_in_them() -> None:
    found = drawn()
    assert {fault.kind for fault in found} == set(Kind)
    assert [fault.at for fault in found] == sorted(fault.at for fault in found)
    assert len(found) > 200


def test_a_longer_run_begins_as_the_shorter_one() -> None:
    short, long = drawn(seconds=100), drawn(seconds=600)
    before = 60.0  # what still lasts at the end is cut off there
    assert [fault for fault in short if fault.end < before] == [
        fault for fault in long if fault.end < before
    ]


def test_nothing_has_two_faults_at_once() -> None:
    by_target: dict[tuple[Target, int], list[Fault]] = {}
    for fault in drawn():
        if fault.kind is not Kind.FLOOD:
            by_target.setdefault((HABITS[fault.kind].target, fault.which), []).append(fault)
    for faults in by_target.values():
        for one, other in combinations(faults, 2):
            assert one.end < other.at


def test_all_is_over_before_the_end_and_within_its_bounds() -> None:
    for fault in drawn():
        habit = HABITS[fault.kind]
        assert fault.end <= 600 - CALM + 0.001
        assert fault.seconds <= habit.longest
        assert fault.end > 600 - CALM - 0.001 or fault.seconds >= habit.shortest


@pytest.mark.parametrize("target", list(Target))
def test_every_target_exists(target: Target) -> None:
    count = {Target.CLIENT: 20, Target.LINK: 6, Target.SONG: 8, Target.SERVER: 1}[target]
    numbers = {fault.which for fault in drawn() if HABITS[fault.kind].target is target}
    assert numbers <= set(range(count))


def test_one_kind_does_not_depend_on_how_many_there_are_of_another_target() -> None:
    few = drawn(stage=Stage(clients=2, links=6, songs=8))
    links = [fault for fault in drawn() if HABITS[fault.kind].target is Target.LINK]
    assert [fault for fault in few if HABITS[fault.kind].target is Target.LINK] == links


def test_a_run_of_half_a_minute_has_faults_too() -> None:
    found = draw(1, seconds=30, stage=Stage(clients=4, links=2, songs=3), pace=4)
    assert len({fault.kind for fault in found}) > 6


def test_a_fault_tells_what_it_is() -> None:
    assert str(Fault(3.0, Kind.CUT, 2, 4.25, 0.0)) == "a link carries nothing (link 2) for 4.2 s"
    assert str(Fault(3.0, Kind.SERVER_END, 0, 0.0, 0.0)) == Kind.SERVER_END.value
