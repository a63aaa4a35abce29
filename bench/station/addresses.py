# SPDX-License-Identifier: GPL-3.0-or-later
"""Several addresses at both ends of the link: a server bounds what it believes of a single one.

Who calls the server by its n-th address has the n-th address of the listeners' side.
"""

import subprocess
from typing import Final

from bench.links.namespaces import DEVICE
from bench.links.programs import ProgramError
from bench.links.wire import Side, Wire

ADDRESSES: Final = 8


def add_addresses(link: Wire) -> list[str]:
    """Those by which the server can be called; raises ProgramError."""
    for number in range(ADDRESSES):
        server, listener = _server(number), _listener(number)
        _ip(link, Side.SERVER, "address", "add", f"{server}/32", "dev", DEVICE)
        _ip(link, Side.CLIENT, "address", "add", f"{listener}/32", "dev", DEVICE)
        _ip(link, Side.CLIENT, "route", "add", f"{server}/32", "dev", DEVICE, "src", listener)
    return [_server(number) for number in range(ADDRESSES)]


def _server(number: int) -> str:
    return f"10.77.0.{101 + number}"


def _listener(number: int) -> str:
    return f"10.77.0.{201 + number}"


def _ip(link: Wire, side: Side, *words: str) -> None:
    done = subprocess.run(
        link.command(side, ("ip", *words)), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ProgramError(f"ip {' '.join(words)}: {done.stderr.strip()}")
