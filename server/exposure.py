# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server that others can reach leaves open, in one line for its operator."""

from server.config import is_loopback

_HERE = "--host 127.0.0.1 to keep it to this machine"


def refusal(host: str, *, tls: bool, users: bool) -> str | None:
    """Why a server does not start, unless its operator insists (RFC.md, "Users"); None: it may."""
    if is_loopback(host) or tls or not users:
        return None
    return (
        "passwords and music could be read on their way: give --certificate"
        f" (`antiphon-server certificate` makes one), or {_HERE} (--insecure: do it all the same)"
    )


def warning(host: str, *, tls: bool, users: bool) -> str | None:
    """Who can listen to what; None where that is as it should be, or has been told."""
    if is_loopback(host) or users:
        return None
    what = "anybody who can reach this server may listen"
    options = "--users"
    if not tls:
        what += ", and read what others hear"
        options = "--certificate and --users"
    return f"{what}: give {options}, or {_HERE} (--insecure: be silent)"
