# SPDX-License-Identifier: GPL-3.0-or-later
"""How many times the listeners of one process several carry: by what each needs."""

import json
from dataclasses import replace

import pytest

from bench.scale.measuring import Steady
from bench.scale.orders import Seen
from bench.scale.workers import HEADER, Round, as_json, verdicts


def steady(
    listeners: int, *, core: float = 0.0, own: float = 0.0, each: tuple[float, ...] = ()
) -> Steady:
    return Steady(listeners, core, own, 0.0, 8.0, 3.0, Seen(begun=listeners), each)


def one_round(*, core: float = 20.0, own: float = 10.0) -> Round:
    return Round(
        one=steady(1000, core=10.0, own=5.0),
        together=steady(2000, core=core, own=own, each=(own / 2, own / 2)),
        apart=steady(2000, own=own, each=(own / 2, own / 2)),
    )


def test_two_that_each_need_as_much_as_one_carry_twice_as_many() -> None:
    assert one_round().times_by_core == pytest.approx(2.0)
    assert one_round().times_by_own == pytest.approx(2.0)


def test_what_they_need_more_they_carry_less() -> None:
    assert one_round(core=25.0).times_by_core == pytest.approx(1.6)
    assert one_round(own=12.5).times_by_own == pytest.approx(1.6)


def test_the_busiest_bounds_them() -> None:
    uneven = (6.0, 4.0)
    found = Round(
        one=steady(1000, core=10.0, own=5.0),
        together=steady(2000, core=20.0, own=10.0, each=uneven),
        apart=steady(2000, own=10.0, each=uneven),
    )
    assert found.times_by_core == pytest.approx(2 / 1.2)
    assert found.times_by_own == pytest.approx(2 / 1.2)


def test_the_verdict_is_on_the_median() -> None:
    rounds = [one_round(), one_round(core=21.0, own=10.5), one_round(core=90.0, own=90.0)]
    by_core, by_own, *_ = verdicts(rounds)
    assert by_core == (
        "reached: 2 workers carry, by what they need of one core, 1.90 times the listeners of"
        " one process, at least 1.70"
    )
    assert by_own.startswith("reached: ")
    assert verdicts(rounds[2:])[0].startswith("missed: ")


def test_other_peoples_work_makes_it_doubtful() -> None:
    assert not any(line.startswith("doubtful: ") for line in verdicts([one_round()]))
    disturbed = Steady(1000, 10.0, 5.0, 4.0, 8.0, 3.0, Seen(begun=1000))
    late = Steady(1000, 10.0, 5.0, 0.0, 8.0, 3.0, Seen(begun=1000, late_bytes=1))
    robbed = Steady(1000, 10.0, 5.0, 0.0, 8.0, 3.0, Seen(begun=1000), stolen=7.0)
    for one, why in (
        (disturbed, "4 % busy"),
        (late, "1 bytes were late"),
        (robbed, "7 % of a core"),
    ):
        (line,) = verdicts([replace(one_round(), one=one)])[2:]
        assert line.startswith("doubtful: ")
        assert why in line


def test_who_heard_nothing_does_not_count() -> None:
    full = one_round()
    half = replace(full.apart, seen=Seen(begun=1000))
    found = replace(full, apart=half)
    assert found.times_by_own == pytest.approx(1.0)
    (line,) = verdicts([found])[2:]
    assert line == "doubtful: 1000 listeners heard nothing; they count as if they had not come"


def test_the_json_has_the_documented_names() -> None:
    found = as_json([one_round()])
    assert (found["workers"], found["times_by_core"], found["times_by_own"]) == (2, 2.0, 2.0)
    assert found["target"] == pytest.approx(1.7)
    assert '"each_percent": [5.0, 5.0]' in json.dumps(found["rounds"])


def test_a_row_has_a_cell_for_every_column() -> None:
    for row in one_round().rows():
        assert len(row) == len(HEADER)
