# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measurements' command lines share.

Words are checked before anything is measured, what is wrong with one is a sentence, and the end
comes in order.
"""

import argparse
import contextlib
import os
import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

MOST: Final = 1_000_000  # of what is counted, where nothing else bounds it
MOST_DIGITS: Final = 9  # of a whole number that is looked at


class CommandLine(argparse.ArgumentParser):
    """Of `python -m bench NAME`: says what is wrong in one line, as the programs do."""

    def __init__(self, name: str, description: str | None, epilog: str | None = None) -> None:
        """`description` and `epilog` are what --help says before and behind the options."""
        super().__init__(prog=f"python -m bench {name}", description=description, epilog=epilog)

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        self.exit(2, f"{self.prog}: {message}; --help shows the options\n")


def count_up_to(most: int = MOST, *, least: int = 1) -> Callable[[str], int]:
    """For argparse: a whole number from `least` to `most`."""

    def count(text: str) -> int:
        # Of more digits than any number has here, the first ones are too large as well.
        if text.isascii() and text.isdigit() and least <= int(text[:MOST_DIGITS]) <= most:
            return int(text[:MOST_DIGITS])
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


def whole_number(text: str) -> int:
    """For argparse: any one; what chance comes from, for instance."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is no whole number") from None


def some_of(known: Sequence[str], *, nothing: str = "") -> Callable[[str], tuple[str, ...]]:
    """For argparse: some of these names, with commas between; `nothing` is the word for none."""

    def names(text: str) -> tuple[str, ...]:
        if nothing and text == nothing:
            return ()
        wanted = tuple(text.split(","))
        for name in wanted:
            if name not in known:
                raise argparse.ArgumentTypeError(f"“{name}” is none of {', '.join(known)}")
        return wanted

    return names


def existing_folder(text: str) -> Path:
    """For argparse: a folder to read."""
    if not Path(text).is_dir() or not text:
        raise argparse.ArgumentTypeError(f"“{text}” is no folder")
    return Path(text)


def new_file(text: str) -> Path:
    """For argparse: where a result can be written, which is found out before it is measured."""
    path = Path(text)
    if not text or path.is_dir():
        raise argparse.ArgumentTypeError(f"“{text}” is no file")
    if not path.exists() and not path.parent.is_dir():
        raise argparse.ArgumentTypeError(
            f"“{text}” cannot be written: there is no folder {path.parent}"
        )
    _require_writable(path if path.exists() else path.parent, text)
    return path


def new_folder(text: str) -> Path:
    """For argparse: where files can be kept; it need not be there."""
    path = Path(text)
    there = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    if not text or not there.is_dir():
        raise argparse.ArgumentTypeError(f"“{text}” is no folder")
    _require_writable(there, text)
    return path


def _require_writable(path: Path, text: str) -> None:
    if not os.access(path, os.W_OK):
        raise argparse.ArgumentTypeError(f"“{text}” cannot be written: {path} is closed to you")


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
