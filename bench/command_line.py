# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measurements' command lines share: numbers with bounds, and an end in order."""

import argparse
import contextlib
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import NoReturn


def count_up_to(most: int, *, least: int = 1) -> Callable[[str], int]:
    """For argparse: a whole number from `least` to `most`."""

    def count(text: str) -> int:
        if text.isascii() and text.isdigit() and least <= int(text[:6]) <= most:
            return int(text[:6])
        raise argparse.ArgumentTypeError(f"“{text}” is no number from {least} to {most}")

    return count


def number_from(least: float) -> Callable[[str], float]:
    """For argparse: a number that is not less than `least`."""

    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value < float("inf"):
            raise argparse.ArgumentTypeError(f"“{text}” is no number from {least:g} on")
        return value

    return number


@contextmanager
def terminating() -> Generator[None]:
    """SIGTERM ends the block as Ctrl-C does, so that nothing stays behind.

    So does Ctrl-C itself, also where whoever started this program had it ignored (a script's `&`
    does): the programs that are started inside would ignore it as well.
    """

    def interrupt(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)
