# SPDX-License-Identifier: GPL-3.0-or-later
"""From a word of the command line or a value of the TOML file to the type that is wanted.

All raise ValueError with a sentence that says what is wanted.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from server.config import PortRange

# Those of ASCII alone, and no more than any limit has: to Python, digits are of every alphabet.
DIGITS: Final = re.compile("[0-9]{1,9}")
# Of a congestion control: TCP_CA_NAME_MAX less its end.
NAME: Final = re.compile("[a-z0-9_-]{1,15}")


def whole(least: int, most: int) -> Callable[[Any], int]:
    """A parser of whole numbers from `least` to `most`."""

    def parse(value: Any) -> int:  # noqa: ANN401 a word or a TOML value
        number = least - 1
        if isinstance(value, str) and DIGITS.fullmatch(value):
            number = int(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            number = value
        if not least <= number <= most:
            raise ValueError(f"a whole number from {least} to {most} is wanted")
        return number

    return parse


def text(value: Any) -> str:  # noqa: ANN401 a word or a TOML value
    """A text, as it is; no name of a file, a folder or a host holds a NUL."""
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("a text in quotes is wanted, without a NUL in it")
    return value


def flag(value: Any) -> bool:  # noqa: ANN401 a TOML value
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("true or false is wanted")  # noqa: TRY004 one class for all parsers
    return value


def congestion_control(value: Any) -> str:  # noqa: ANN401 a word or a TOML value
    """The name of a congestion control, as `sysctl net.ipv4.tcp_available_congestion_control`."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise ValueError("the name of a congestion control is wanted, such as bbr or cubic")
    return value


PORT: Final = whole(0, 65535)


def ports(value: Any) -> PortRange | str:  # noqa: ANN401 a word or a TOML value
    """A range of ports such as "5000-5009", or one port, or "any"."""
    if value == "any":
        return "any"
    low, dash, high = str(value).partition("-")
    try:
        return PortRange(PORT(low), PORT(high if dash else low))
    except ValueError:
        raise ValueError(
            f'{value} is no range of ports; wanted is one such as 55354-55453, or the word "any"'
        ) from None
