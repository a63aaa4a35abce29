# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be told of a Redis' URL without Redis' library, as options are read without it. Pure."""

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

_SCHEMES: Final = frozenset({"redis", "rediss", "unix"})
_DATABASE: Final = re.compile("/?[0-9]*")  # as the path of a URL
_OPTIONS: Final = frozenset({"host", "port", "db", "username", "password", "path", "ssl_ca_certs"})


def check_url(url: str) -> None:
    """Raises ValueError, whose sentence does not repeat the URL, as it may hold a password."""
    scheme, colon, rest = url.partition("://")
    if scheme not in _SCHEMES or not colon or not rest:
        raise ValueError(
            "a URL is wanted, such as redis://127.0.0.1:6379/0 or unix:///run/redis.sock"
        )
    try:
        split = urlsplit(url)
        _ = split.port
    except ValueError:  # what these say repeats a part of the URL
        raise ValueError(
            "the URL of Redis cannot be used: its host or its port is none; a slash in a password"
            " is written %2F"
        ) from None
    options = parse_qs(split.query)
    if unknown := sorted(options.keys() - _OPTIONS):
        raise ValueError(f"the URL of Redis has an option {unknown[0]!r} that is not known here")
    if "ssl_ca_certs" in options and scheme != "rediss":
        raise ValueError("the URL of Redis has ssl_ca_certs, which goes with rediss:// only")
    if scheme == "unix" and not split.path:
        raise ValueError("the URL of Redis lacks the path of its socket: unix:///run/redis.sock")
    named = [*options.get("db", ()), *([] if scheme == "unix" else [split.path])]
    if not all(map(_DATABASE.fullmatch, named)):
        # What stands there may be the rest of a password, so it is not repeated.
        raise ValueError(
            "the URL of Redis has no database's number behind its host, as in redis://host/0; a"
            " slash in a password is written %2F"
        )
