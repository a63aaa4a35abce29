# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the table of options, and how argparse is told of them."""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flag:
    """An option without a value: it is on where it is given."""

    name: str  # with its dashes
    help: str


@dataclass(frozen=True, slots=True)
class Option:
    """An option with a value.

    Attributes:
        name: with its dashes.
        metavar: what stands for its value in `help`.
        read: what turns the text into the value; raises ArgumentTypeError.
        default: the value where the option is not given.
        bare: the value where the option is given without one; None: that is wrong.
        repeats: may be given several times; its value is a list then.
        field: what the value is called, where not as the option.
    """

    name: str
    metavar: str
    help: str
    read: Callable[[str], object] = str
    default: object = None
    bare: object = None
    repeats: bool = False
    field: str | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """Options of which one at most may be given."""

    options: tuple[Option, ...]


Row = Flag | Option | OneOf


def add_options(parser: argparse.ArgumentParser, rows: Iterable[Row]) -> None:
    """Let the parser understand them; its help shows them in this order."""
    for row in rows:
        match row:
            case Flag():
                parser.add_argument(row.name, action="store_true", help=row.help)
            case Option():
                _add(parser.add_argument, row)
            case OneOf():
                add = parser.add_mutually_exclusive_group().add_argument
                for option in row.options:
                    _add(add, option)


def _add(add: Callable[..., object], option: Option) -> None:
    add(
        option.name,
        dest=option.field,
        metavar=option.metavar,
        help=option.help,
        type=option.read,
        default=option.default,
        nargs=None if option.bare is None else "?",
        const=option.bare,
        action="append" if option.repeats else "store",
    )
