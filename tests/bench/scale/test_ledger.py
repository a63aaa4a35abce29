# SPDX-License-Identifier: GPL-3.0-or-later
"""A byte is late exactly where its turn comes before it does."""

from bench.scale.ledger import Ledger


def test_nothing_is_due_before_the_lead_is_there() -> None:
    ledger = Ledger(rate=100, lead=50)
    ledger.arrived(49, now=10.0)
    assert ledger.late_by(1000.0) == 0
    ledger.arrived(1, now=20.0)
    assert ledger.start == 20.0
    assert ledger.late_by(20.5) == 0


def test_a_byte_is_in_time_up_to_its_turn() -> None:
    ledger = Ledger(rate=100, lead=50)
    ledger.arrived(50, now=0.0)
    ledger.arrived(100, now=0.5)
    assert ledger.late_by(1.5) == 0
    assert ledger.received == 150


def test_bytes_whose_turn_has_passed_are_counted_and_the_others_not() -> None:
    ledger = Ledger(rate=100, lead=50)
    ledger.arrived(50, now=0.0)
    ledger.arrived(100, now=0.8)
    assert ledger.late_by(0.8) == 30


def test_no_more_is_late_than_has_come() -> None:
    ledger = Ledger(rate=100, lead=50)
    ledger.arrived(50, now=0.0)
    ledger.arrived(10, now=2.0)
    assert ledger.late == 10


def test_a_stall_does_not_stop_the_clock() -> None:
    ledger = Ledger(rate=100, lead=50)
    ledger.arrived(50, now=0.0)
    ledger.arrived(50, now=1.0)
    assert ledger.late == 50
    ledger.arrived(50, now=1.2)
    assert ledger.late == 70


def test_what_has_not_come_at_the_end_is_late() -> None:
    ledger = Ledger(rate=100, lead=50)
    ledger.arrived(50, now=0.0)
    assert ledger.late_by(3.0) == 250
