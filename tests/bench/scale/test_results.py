# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured is told under the documented names, with a verdict on each target."""

from dataclasses import replace

from bench.scale.measuring import Bench, Herd, Steady, percentile, shares, troubles
from bench.scale.orders import Order, Seen, together
from bench.scale.results import HEADER, Result, as_json, cells, verdicts

ORDER = Order("http", 80, 5, 16000, 8.0, 16000, 144000, 16.0, ("/1.mp3",))


def steady(core: float, *, late: int = 0) -> Steady:
    return Steady(1000, core, core / 2, 0.0, 8.0, 3.0, Seen(begun=1000, late_bytes=late))


def results(own: float, nginx: float) -> list[Result]:
    herd = Herd(2, Seen(begun=2, first_ms=[10.0, 20.0]))
    return [
        Result("antiphon", steady(own, late=3), [herd]),
        Result("nginx", steady(nginx)),
        Result("icecast", missing="icecast2 is not installed"),
    ]


def test_the_json_has_the_documented_names() -> None:
    found = as_json(results(6.0, 20.0))
    assert set(found) == {"antiphon", "nginx", "icecast"}
    own = found["antiphon"]
    assert isinstance(own, dict)
    assert own["listeners"] == 1000
    assert own["core_percent"] == 6.0
    assert own["late_bytes"] == 3
    assert own["anon_kib_per_listener"] == 8.0
    assert own["herd_p99_ms"] == 19.9
    assert found["icecast"] == {"missing": "icecast2 is not installed"}


def test_every_target_gets_a_verdict() -> None:
    lines = verdicts(results(13.0, 20.0))
    assert "missed: busy share of the core 13%, at most 12%" in lines
    assert "reached: anonymous memory a listener 8 KiB, at most 12 KiB" in lines
    assert "missed: late bytes 3, at most 0" in lines
    assert "reached: herd, p99 19.9 ms, at most 100 ms" in lines
    assert "missed: of nginx a listener 0.65, at most 0.6" in lines
    assert not any("icecast" in line for line in lines)


def test_a_core_that_was_busy_before_makes_the_figures_doubtful() -> None:
    busy = Steady(10, 50.0, 5.0, 40.0, 8.0, 3.0, Seen(begun=10))
    assert any(line.startswith("doubtful: ") for line in verdicts([Result("antiphon", busy)]))


def test_a_core_that_was_taken_away_makes_the_figures_doubtful() -> None:
    robbed = replace(steady(6.0), stolen=5.2)
    herd = Herd(1, Seen(begun=1, first_ms=[10.0]), stolen=31.0)
    for result, share in (
        (Result("antiphon", robbed), 5),
        (Result("antiphon", steady(6.0), [herd, replace(herd, stolen=0.0)]), 31),
    ):
        (line,) = [line for line in verdicts([result]) if line.startswith("doubtful: ")]
        assert f"took {share} % of the core away from antiphon" in line
        figures = as_json([result])["antiphon"]
        assert isinstance(figures, dict)
        assert {round(figures["stolen_percent"]), round(figures["herd_stolen_percent"])} & {share}


def test_a_row_has_a_cell_for_every_column() -> None:
    for result in results(6.0, 20.0):
        assert len(cells(result)) == len(HEADER)


def test_listeners_are_shared_out_and_none_is_lost() -> None:
    parts = shares(ORDER, Bench(0, frozenset({1}), 2, 1.0))
    assert [part.listeners for part in parts] == [3, 2]
    assert len(shares(ORDER, Bench(0, frozenset({1}), 9, 1.0))) == 5


def test_orders_and_what_was_seen_survive_the_way() -> None:
    assert Order.from_json(ORDER.to_json()) == ORDER
    seen = Seen(begun=1, first_ms=[1.5], errors=["closed"])
    assert Seen.from_json(seen.to_json()) == seen
    both = together([seen, Seen(begun=2, spread_ms=4.0)])
    assert (both.begun, both.spread_ms, both.errors) == (3, 4.0, ["closed"])


def test_troubles_name_errors_and_who_heard_nothing() -> None:
    assert not troubles(Seen(begun=3), 3)
    assert troubles(Seen(begun=1, errors=["closed", "closed"]), 3) == "2 x closed, 2 heard nothing"


def test_percentiles_of_few_values() -> None:
    assert percentile([], 99) == 0
    assert percentile([4.0], 99) == 4.0
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0
