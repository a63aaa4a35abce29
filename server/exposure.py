# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server that others can reach leaves open, in one line for its operator."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

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


def trusts_everybody(host: str, proxies: Sequence[IPv4Network | IPv6Network]) -> str | None:
    """Who may claim to be whom; None where only some may, or nobody but this machine comes."""
    four = collapse_addresses(one for one in proxies if isinstance(one, IPv4Network))
    six = collapse_addresses(one for one in proxies if isinstance(one, IPv6Network))
    includes_all = any(one.prefixlen == 0 for one in four) or any(one.prefixlen == 0 for one in six)
    if is_loopback(host) or not includes_all:
        return None
    return (
        "--proxy-protocol trusts everybody, so anybody may claim any address, and limits for one"
        " address hold nobody back: name your proxies alone, such as 10.0.0.0/24"
    )
