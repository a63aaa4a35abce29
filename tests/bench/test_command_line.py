# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measurements' command lines share."""

import argparse
import signal

import pytest

from bench.command_line import count_up_to, number_from, terminating


@pytest.mark.parametrize("text", ["0", "21", "x", "", "-1", "1.5", "²", "9999999"])
def test_a_count_outside_of_its_bounds_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no number from 1 to 20"):
        count_up_to(20)(text)


def test_a_count_may_be_its_bounds() -> None:
    assert (count_up_to(20)("20"), count_up_to(20, least=0)("0")) == (20, 0)


@pytest.mark.parametrize("text", ["0.1", "nan", "inf", "x", ""])
def test_a_number_below_its_bound_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"no number from 0\.2 on"):
        number_from(0.2)(text)


def test_a_number_may_be_its_bound() -> None:
    assert number_from(0.2)("0.2") == 0.2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_was_ignored_ends_as_an_interrupt(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), terminating():
            signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)
