# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server that others can reach leaves open, in one line for its operator."""

from server.config import is_loopback


def warning(host: str, *, tls: bool, users: bool) -> str | None:
    """Who can listen to what; None where that is as it should be."""
    if is_loopback(host) or (tls and users):
        return None
    if users:
        what = "passwords and music can be read on their way: give --certificate"
    elif tls:
        what = "anybody who can reach this server may listen: give --users"
    else:
        what = (
            "anybody who can reach this server may listen, and read what others hear: "
            "give --certificate and --users"
        )
    return f"{what}, or --host 127.0.0.1 to keep it to this machine (--insecure: be silent)"
