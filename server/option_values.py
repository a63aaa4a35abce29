# SPDX-License-Identifier: GPL-3.0-or-later
"""From a word of the command line or a value of the TOML file to the type that is wanted.

All raise ValueError with a sentence that says what is wanted.
"""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from common.constants import MAX_STATION, MAX_STATIONS
from common.text import clean, forbidden_character
from server.config import Endpoint, PortRange, StationPlan
from server.station.redis_url import check_url

# Those of ASCII alone, and no more than any limit has: to Python, digits are of every alphabet.
DIGITS: Final = re.compile("[0-9]{1,9}")
# Of a congestion control: TCP_CA_NAME_MAX less its end.
NAME: Final = re.compile("[a-z0-9_-]{1,15}")
LONGEST: Final = 60  # bytes of a wrong value in a sentence


def whole(least: int, most: int) -> Callable[[Any], int]:
    """A parser of whole numbers from `least` to `most`."""

    def parse(value: Any) -> int:  # noqa: ANN401 a word or a TOML value
        number = least - 1
        if isinstance(value, str) and DIGITS.fullmatch(value):
            number = int(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            number = value
        if not least <= number <= most:
            raise ValueError(
                f"a whole number from {least} to {most} is wanted, not {_shown(value)}"
            )
        return number

    return parse


def text(value: Any) -> str:  # noqa: ANN401 a word or a TOML value
    """A text, as it is; no name of a file, a folder or a host holds a NUL."""
    if not isinstance(value, str):
        raise ValueError(f"a text in quotes is wanted, not {_shown(value)}")  # noqa: TRY004
    if "\0" in value:
        raise ValueError("a text without a NUL in it is wanted")
    return value


def filled(what: str, otherwise: str) -> Callable[[Any], str]:
    """A text that is not empty: `what` is wanted, or else to do what `otherwise` says."""

    def parse(value: Any) -> str:  # noqa: ANN401
        given = text(value)
        if not given.strip():
            raise ValueError(
                f"{what} is wanted, not nothing (a variable that is not set?); {otherwise}"
            )
        return given

    return parse


# Where to listen: an empty text would be everywhere.
address: Final = filled("an address", "leave the option out to listen on all of them")
# What to read: an empty text would be the current directory.
existing: Final = filled("a file", "leave the option out where there is none")
# Where to keep something: an empty text would be the current directory.
keeping: Final = filled("a folder", "leave the option out for a place of its own, or say none")


def flag(value: Any) -> bool:  # noqa: ANN401 a TOML value
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"true or false is wanted, not {_shown(value)}")  # noqa: TRY004
    return value


def congestion_control(value: Any) -> str:  # noqa: ANN401 a word or a TOML value
    """The name of a congestion control, as `sysctl net.ipv4.tcp_available_congestion_control`."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise ValueError(
            f"the name of a congestion control is wanted, such as bbr or cubic, not {_shown(value)}"
        )
    return value


PORT: Final = whole(0, 65535)


def ports(value: Any) -> PortRange | str:  # noqa: ANN401 a word or a TOML value
    """A range of ports such as "5000-5009", or one port, or "any"."""
    if value == "any":
        return "any"
    try:
        low, dash, high = str(value).partition("-")
        return PortRange(PORT(low), PORT(high if dash else low))
    except ValueError:
        raise ValueError(
            f"{_shown(value)} is no range of ports; wanted is one such as 55354-55453, or the word"
            ' "any"'
        ) from None


def stations(value: Any) -> tuple[StationPlan, ...]:  # noqa: ANN401 words or a TOML value
    """Stations such as "jazz=Jazz/Bebop": one text or a list of them."""
    if not isinstance(value, str | list):
        raise ValueError('a list of texts is wanted, such as ["main", "jazz=Jazz"]')  # noqa: TRY004
    words: list[Any] = [value] if isinstance(value, str) else value
    plans = tuple(map(_station, words))
    names = [plan.name for plan in plans]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two stations are called {name}; give each a name of its own")
    if len(plans) > MAX_STATIONS:
        raise ValueError(f"{len(plans)} stations are too many; a server has at most {MAX_STATIONS}")
    return plans


def _station(word: Any) -> StationPlan:  # noqa: ANN401 a word or a TOML value
    name, equals, source = text(word).partition("=")
    if not name:
        raise ValueError("a station needs a name: NAME, or NAME=FOLDER, or NAME=PLAYLIST.m3u")
    if forbidden_character(name) is not None or name != name.strip():
        raise ValueError("the name of a station is one line of text, without a space at its ends")
    if len(name.encode()) > MAX_STATION:
        raise ValueError(f"the name of a station has at most {MAX_STATION} bytes")
    if equals and not source:
        raise ValueError(f"nothing is behind {name}=; {name} alone plays all of the music folder")
    return StationPlan(name, source)


def networks(value: Any) -> tuple[IPv4Network | IPv6Network, ...]:  # noqa: ANN401 as above
    """Addresses and networks such as "10.0.0.0/24": one text or a list of them."""
    if not isinstance(value, str | list):
        raise ValueError(  # noqa: TRY004
            f'a list of texts is wanted, such as ["10.0.0.5", "10.0.1.0/24"], not {_shown(value)}'
        )
    words: list[Any] = [value] if isinstance(value, str) else value
    return tuple(_network(text(word)) for word in words)


def _network(word: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(word)
    except ValueError:
        pass
    try:
        around = ip_network(word, strict=False)
    except ValueError:
        raise ValueError(
            f"{_shown(word)} is no address and no network; wanted is one such as 10.0.0.5 or"
            " 10.0.0.0/24"
        ) from None
    raise ValueError(
        f"{_shown(word)} is an address within {around}: give that, or the address alone"
    )


def store(value: Any) -> str:  # noqa: ANN401 a word or a TOML value
    """The URL of a Redis."""
    url = text(value)
    check_url(url)
    return url


def endpoint(value: Any) -> Endpoint:  # noqa: ANN401 a word or a TOML value
    """A port of this machine's own, such as 9464, or one of an address, such as 10.0.0.1:9464."""
    try:
        host, _, port = str(value).rpartition(":")
        if host[:1] == "[" and host[-1:] == "]":
            host = host[1:-1]
        return Endpoint(text(host) or "127.0.0.1", PORT(value if isinstance(value, int) else port))
    except ValueError:
        raise ValueError(
            f"a port is wanted, or HOST:PORT, such as 9464 or 10.0.0.1:9464, not {_shown(value)}"
        ) from None


def _shown(value: Any) -> str:  # noqa: ANN401 a word or a TOML value
    """A wrong value as a part of a sentence; it forges no line, and is not as long as it likes."""
    match value:
        case str():
            return clean(value, LONGEST) or '""'
        case bool():
            return str(value).lower()
        case int():
            return str(value) if value.bit_length() <= 64 else "one of so many digits"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return str(value)
