# SPDX-License-Identifier: GPL-3.0-or-later
"""Made links: the same for the same seed, and each with what its kind is known for."""

from random import Random

import pytest

from bench.buffer.generators import DURATION, KINDS, generated


def test_the_same_seed_makes_the_same_links() -> None:
    one, same, other = generated(1, 2), generated(1, 2), generated(2, 2)
    assert [a.bytes.tolist() for a in one] == [b.bytes.tolist() for b in same]
    assert all(a.bytes.tolist() != b.bytes.tolist() for a, b in zip(one, other, strict=True))


def test_more_links_leave_the_first_as_they_are() -> None:
    few, many = generated(3, 1), {link.name: link for link in generated(3, 4)}
    assert all(many[link.name].bytes.tolist() == link.bytes.tolist() for link in few)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_lasts_and_lets_something_pass(kind: str) -> None:
    for link in generated(5, 6):
        if link.group == kind:
            assert DURATION <= link.duration < DURATION + 250
            assert 20_000 < link.mean < 5_000_000


def outages(kind: str, seed: int) -> list[float]:
    """How long nothing passed, in one piece."""
    lasting, found = 0.0, list[float]()
    for seconds, rate in KINDS[kind](Random(seed)):
        if rate == 0:
            lasting += seconds
        elif lasting:
            found.append(lasting)
            lasting = 0.0
    return found


def test_what_each_kind_is_known_for() -> None:
    assert outages("wifi-spike", 1) == [0.8] * len(outages("wifi-spike", 1))
    assert len(outages("wifi-spike", 1)) in {DURATION / 30, DURATION / 30 + 1}
    assert max(outages("train-tunnel", 1)) > 10
    assert any(max(outages("3g-commute", seed), default=0) > 4 for seed in range(5))
    assert not outages("dsl", 1)
    assert not outages("lte-shared", 1)
