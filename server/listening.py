# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports, or one sentence about why they cannot be had and what to do."""

import errno
import socket

from server.acceptor import BACKLOG, listen
from server.config import PortRange


class NotListeningError(Exception):
    """The port cannot be had; the text says why, and what the operator can do."""


def listen_for_clients(host: str, port: int, *, reuse_port: bool = False) -> socket.socket:
    """The listening control socket; raises NotListeningError."""
    try:
        return listen(host, port, BACKLOG, reuse_port=reuse_port)
    except (OSError, ValueError) as error:  # ValueError: no name of a host looks like that
        raise NotListeningError(_why(host, port, error)) from None


def try_port(host: str, port: int, *, reuse_port: bool = False) -> None:
    """Find out whether it could listen there, and do not; raises NotListeningError."""
    try:
        listen(host, port, None, reuse_port=reuse_port).close()
    except (OSError, ValueError) as error:
        raise NotListeningError(_why(host, port, error)) from None


def keep_for_workers(host: str, port: int, *, reuse_port: bool) -> socket.socket:
    """The control port, kept for processes that will listen there; raises NotListeningError.

    Unless `reuse_port` is given nobody else may listen there now. (Who may be joined cannot be
    said later: to the kernel, those who share a port are alike.)
    """
    try:
        if not reuse_port:
            alone = listen(host, port, None)
            port = int(alone.getsockname()[1])
            alone.close()
        return listen(host, port, None, reuse_port=True)
    except (OSError, ValueError) as error:
        raise NotListeningError(_why(host, port, error)) from None


def taken_data_ports(host: str, ports: PortRange) -> list[int]:
    """Those that cannot be had now."""
    taken: list[int] = []
    for port in range(ports.low, ports.high + 1):
        try:
            listen(host, port, None).close()
        except OSError:
            taken.append(port)
    return taken


def check_data_ports(host: str, ports: PortRange) -> None:
    """Find out whether any data port can be had now; raises NotListeningError if none can."""
    problem: OSError | None = None
    for port in range(ports.low, ports.high + 1):
        try:
            listen(host, port, 1).close()
        except OSError as error:
            problem = problem or error
        else:
            return
    number = None if problem is None else problem.errno
    if number == errno.EADDRINUSE:
        why = "is free: stop the other program, or give another range with --data-ports"
    elif number in {errno.EACCES, errno.EPERM}:
        why = "may be used by this user: give --data-ports above 1023"
    else:
        why = f"can be opened ({problem}): give another range with --data-ports"
    raise NotListeningError(f"no data port of {ports} {why}")


def _why(host: str, port: int, error: OSError | ValueError) -> str:
    where = f"{host or '*'}:{port}"
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return f"{where} is in use: stop the other program, or give another port"
    if number in {errno.EACCES, errno.EPERM}:
        return f"{where} may not be used by this user: give a port above 1023"
    if number == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror | ValueError):
        return (
            f"this machine has no address {host}: give --host one that it has "
            "(ip address shows them), or leave it out to listen on all of them"
        )
    return f"cannot listen on {where}: {error}"
