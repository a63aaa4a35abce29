# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a relay may send."""

import pytest

from client.relay.allowance import BURST, LEAST_BURST, SPAN, Allowance

RATE = 50_000


def test_without_a_bound_everything_goes() -> None:
    allowance = Allowance(0, now=0.0)
    allowance.spend(10**9, now=0.0)
    assert allowance.may_hurry(now=0.0)
    assert allowance.hurry_at is None
    assert not allowance.is_choked(now=0.0)
    assert allowance.bears(1000, 1e9)


def test_what_is_saved_up_is_spent_at_once_and_comes_back_at_the_rate() -> None:
    allowance = Allowance(RATE, now=0.0)
    allowance.spend(int(BURST * RATE) + 10_000, now=0.0)
    assert not allowance.may_hurry(now=0.0)
    at = allowance.hurry_at
    assert at is not None
    assert at == pytest.approx(10_001 / RATE)
    assert not allowance.may_hurry(now=0.99 * at)
    assert allowance.may_hurry(now=at)


def test_no_more_is_saved_up_than_the_burst() -> None:
    allowance = Allowance(RATE, now=0.0)
    allowance.spend(int(BURST * RATE), now=1e6)
    assert not allowance.may_hurry(now=1e6)


def test_a_small_rate_lets_a_whole_stretch_through() -> None:
    allowance = Allowance(10, now=0.0)
    allowance.spend(LEAST_BURST - 1, now=0.0)
    assert allowance.may_hurry(now=0.0)


def test_a_debt_larger_than_the_burst_chokes_until_it_is_forgiven() -> None:
    allowance = Allowance(RATE, now=0.0)
    allowance.spend(2 * int(BURST * RATE), now=0.0)
    assert not allowance.is_choked(now=0.0)
    allowance.spend(1, now=0.0)
    assert allowance.is_choked(now=0.0)
    allowance.forgive()
    assert not allowance.is_choked(now=0.0)


def test_children_fit_up_to_the_rate() -> None:
    allowance = Allowance(RATE, now=0.0)
    assert allowance.bears(3, RATE / 3)
    assert not allowance.bears(4, RATE / 3)


def test_what_is_sent_is_averaged_over_the_last_seconds() -> None:
    allowance = Allowance(0, now=0.0)
    for second in range(10):
        allowance.spend(1000, now=float(second))
    assert allowance.sending(now=9.0) == pytest.approx(1000.0)
    assert allowance.sending(now=9.0 + SPAN) == 0.0
