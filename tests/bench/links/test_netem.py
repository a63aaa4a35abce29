# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel's own emulator would be told."""

from bench.links.netem import is_expressible, options, timeline
from bench.links.path import Path, Phase, Span
from bench.links.scenarios import BY_NAME


def test_a_path_becomes_delay_loss_rate_and_limit() -> None:
    path = Path(0.05, (Phase(1, 2e6),), 30_000, 0.02, jitter=0.002)
    assert " ".join(options(path, rate=2e6, cut=False)) == (
        "delay 50000us 2000us loss 2% rate 2000000bit limit 28"
    )


def test_burst_loss_is_two_probabilities() -> None:
    path = Path(0.01, loss=0.05, burst=4)
    assert "loss gemodel 1.31579% 25%" in " ".join(options(path, rate=None, cut=False))


def test_a_steady_path_has_one_entry() -> None:
    assert [change.at for change in timeline(BY_NAME["A"].down())] == [0]


def test_changing_rates_are_changed_in_time() -> None:
    changes = timeline(BY_NAME["D"].down())
    assert [change.at for change in changes[:4]] == [0, 8, 16, 24]
    rates = [change.options[change.options.index("rate") + 1] for change in changes[:3]]
    assert rates == ["96000bit", "600000bit", "96000bit"]


def test_an_outage_is_a_loss_of_everything_for_a_while() -> None:
    for path in (BY_NAME["O"].down(), BY_NAME["O"].up()):
        changes = timeline(path)
        assert [(change.at, "100%" in change.options) for change in changes] == [
            (0, False),
            (10, True),
            (16, False),
        ]


def test_an_outage_that_comes_again_does() -> None:
    changes = timeline(Path(0.01, cuts=(Span(5, 1, 60),)))
    assert [change.at for change in changes[:5]] == [0, 5, 6, 65, 66]


def test_what_netem_cannot_do_is_known() -> None:
    assert is_expressible(BY_NAME["O"].down())
    assert not is_expressible(BY_NAME["W"].down())
