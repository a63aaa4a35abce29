# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user allows other listeners, on the command line (RFC.md, "Relays")."""

import argparse
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from client.option_rows import Flag, Option

CHILDREN: Final = 3
MOST_CHILDREN: Final = 100
MOST_RATE: Final = 1_000_000  # kbit/s
LEAST_RATE: Final = 64  # kbit/s; less would feed nobody


@dataclass(frozen=True, slots=True)
class RelayOptions:
    """Others may feed this listener; and it may feed others where there is a port.

    Attributes:
        port: where to listen for children; 0 for any free port, None for feeding nobody.
        children: how many to take, but for those whose parent was lost.
        rate: bytes per second for all of them together; 0 for no bound.
    """

    port: int | None = None
    children: int = CHILDREN
    rate: int = 0


class _Whole:
    """The reader of a whole number between two others."""

    def __init__(self, what: str, least: int, most: int) -> None:
        self._what, self._least, self._most = what, least, most

    def __call__(self, text: str) -> int:
        # No more digits than any of them has: Python would take thousands.
        if re.fullmatch("[0-9]{1,9}", text) and self._least <= int(text) <= self._most:
            return int(text)
        bounds = f"{self._least} to {self._most}"
        raise argparse.ArgumentTypeError(f"“{text}” is no {self._what}; say {bounds}")


RELAY_OPTIONS: Final = (
    Option(
        "--relay",
        "PORT",
        "pass a station on to other listeners, who connect to this port (default: any free"
        " one) and learn your address; they may feed you too",
        _Whole("port", 0, 65535),
        bare=0,
    ),
    Option(
        "--relay-children",
        "N",
        f"with --relay: how many to feed (default: {CHILDREN}); a few more for a while, when"
        " somebody else fails them",
        _Whole("number of listeners", 1, MOST_CHILDREN),
    ),
    Option(
        "--relay-rate",
        "KBIT",
        "with --relay: send no more kbit/s than this, to all of them together",
        _Whole("rate in kbit/s", LEAST_RATE, MOST_RATE),
    ),
    Flag("--fed", "let other listeners feed you, who learn your address, and feed nobody"),
)


def relay_options(found: argparse.Namespace) -> RelayOptions | None:
    """What was said; None where neither is allowed.

    Raises ValueError with a sentence.
    """
    if found.relay is None:
        for given, name in ((found.relay_children, "children"), (found.relay_rate, "rate")):
            if given is not None:
                raise ValueError(f"--relay-{name} wants --relay too")
        return RelayOptions() if found.fed else None
    rate = 0 if found.relay_rate is None else found.relay_rate * 1000 // 8
    return RelayOptions(found.relay, found.relay_children or CHILDREN, rate)


def name_relay_port(arguments: Iterable[str]) -> list[str]:
    """The arguments, where a --relay without a port does not take the server for one."""
    named: list[str] = []
    for argument in arguments:
        if named[-1:] == ["--relay"] and not argument.isdecimal():
            named[-1] = "--relay=0"
        named.append(argument)
    return named
