# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of a run: which silences are explained by what, and what makes a run bad."""

from collections import Counter

import pytest

from bench.chaos.results import Outcome, by_cause, figures, growth, is_bad
from bench.chaos.silences import GAP, Cause, Silence
from bench.chaos.verdict import PAUSE, Life

CUT = Cause(105, 111, 125, 4.0, "a cut")
STOP = Cause(108, float("inf"), float("inf"), 0.0, "a stop")
LONG = Silence(110, 6, 0, "Gigue", (CUT,))
BOTH = Silence(110, 4, 0, "Gigue", (CUT, STOP))
PAUSED = Silence(120, 2, 0, "Loure", (Cause(120, 122, 122.5, 0.0, PAUSE),))
ALONE = Silence(130, 1, 0.7, "Jig")


def outcome(*silences: Silence, deaths: tuple[str, ...] = ()) -> Outcome:
    return Outcome(
        seconds=60.0,
        started=100.0,
        lives=[Life(3, silences=list(silences))],
        done=[],
        servers=1,
        server_leaked=Counter(),
        server_deaths=deaths,
        defects=[],
        server_kib=[],
        failures=[],
    )


def test_silences_are_counted_by_what_explains_them() -> None:
    assert by_cause([LONG, BOTH, PAUSED, ALONE]) == {
        "a cut": {"silences": 2, "longest": 6, "slowest_recovery": 5},
        PAUSE: {"silences": 1, "longest": 2, "slowest_recovery": 0},
        "a stop": {"silences": 1, "longest": 4, "slowest_recovery": 0},
        "nobody can say": {"silences": 1, "longest": 1, "slowest_recovery": 0},
    }


def test_each_silence_that_a_fault_explains_is_told_with_its_faults() -> None:
    found = figures(outcome(BOTH, PAUSED, LONG))
    assert [gap["seconds"] for gap in found["explained"]] == [6, 4]
    assert found["explained"][0] == {
        "client": 3,
        "at": 10,
        "seconds": 6,
        "unexplained": 0,
        "song": "Gigue",
        "recovery": 5,
        "explained_by": [{"cause": "a cut", "at": 5, "lasted": 6, "held": 4}],
    }
    assert found["explained"][1]["explained_by"][1]["lasted"] is None  # it lasted to the end
    assert found["unexplained_gaps"] == 0
    assert not is_bad(found)


def test_a_silence_that_nothing_explains_is_bad() -> None:
    found = figures(outcome(LONG, ALONE))
    assert found["unexplained_gaps"] == 1
    assert found["longest_gap"] == pytest.approx(0.7)
    assert [gap["song"] for gap in found["unexplained"]] == ["Jig"]
    assert is_bad(found)


def test_a_silence_for_which_a_busy_machine_is_enough_is_told_and_not_bad() -> None:
    found = figures(outcome(Silence(130, GAP, GAP - 0.01, "Jig")))
    assert (found["unexplained_gaps"], found["short_gaps"]) == (0, 1)
    assert found["longest_gap"] == pytest.approx(GAP - 0.01)
    assert not is_bad(found)
    assert is_bad(figures(outcome(Silence(130, GAP, GAP, "Jig"))))


def test_a_server_that_died_is_bad() -> None:
    assert is_bad(figures(outcome(deaths=("it ended with 1",))))


def test_memory_grows_from_the_first_third_of_a_life_to_the_last() -> None:
    assert growth([(at, 1, 1000 + 10 * at) for at in range(30)]) == 200
    assert growth([(1, 1, 1000), (2, 1, 9000)]) == 0
