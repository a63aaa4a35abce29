# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports, or one sentence about why they cannot be had and what to do."""

import errno
import socket
from typing import Final

from server.config import PortRange
from server.listening_socket import BACKLOG, listen

_NOT_ALLOWED: Final = frozenset({errno.EACCES, errno.EPERM})
# By the option that names an address: what there is without one.
_WITHOUT: Final = {
    "--host": "leave it out to listen on all of them",
    "--metrics": "a port alone, to be asked by this machine only",
}


class NotListeningError(Exception):
    """The port cannot be had; the text says why, and what the operator can do."""


class TakenError(NotListeningError):
    """Somebody listens there already."""


def listen_for_clients(
    host: str, port: int, *, reuse_port: bool = False, option: str = "--host"
) -> socket.socket:
    """The listening socket, whose address `option` gives; raises NotListeningError."""
    try:
        return listen(host, port, BACKLOG, reuse_port=reuse_port)
    except (OSError, ValueError) as error:  # ValueError: no name of a host looks like that
        raise _refusal(host, port, error, option) from None


def try_port(host: str, port: int, *, reuse_port: bool = False, option: str = "--host") -> None:
    """Find out whether it could listen there, and do not; raises NotListeningError."""
    try:
        listen(host, port, None, reuse_port=reuse_port).close()
    except (OSError, ValueError) as error:
        raise _refusal(host, port, error, option) from None


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
        raise _refusal(host, port, error) from None


def taken_data_ports(host: str, ports: PortRange) -> list[int]:
    """Those that cannot be had now."""
    taken: list[int] = []
    for port in range(ports.low, ports.high + 1):
        try:
            listen(host, port, None).close()
        except OSError:
            taken.append(port)
    return taken


def check_data_ports(host: str, ports: PortRange, *, control: int | None = None) -> None:
    """Find out whether any data port can be had now; raises NotListeningError if none can.

    `control` is the control port, where it is not listened on yet: it is none of them.
    """
    problem: OSError | None = None
    for port in range(ports.low, ports.high + 1):
        if port == control:
            continue
        try:
            listen(host, port, 1).close()
        except OSError as error:
            problem = problem or error
        else:
            return
    number = None if problem is None else problem.errno
    if number == errno.EADDRINUSE:
        raise TakenError(
            f"no data port of {ports} is free: stop the other program, or give another range with"
            " --data-ports"
        )
    if number in _NOT_ALLOWED:
        raise NotListeningError(
            f"no data port of {ports} may be used by this user: give --data-ports above 1023"
        )
    raise NotListeningError(
        f"no data port of {ports} can be opened ({problem}): give another range with --data-ports"
    )


def _refusal(
    host: str, port: int, error: OSError | ValueError, option: str = "--host"
) -> NotListeningError:
    where = f"{host or '*'}:{port}"
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return TakenError(f"{where} is in use: stop the other program, or give another port")
    return NotListeningError(_why(host, where, error, option))


def _why(host: str, where: str, error: OSError | ValueError, option: str) -> str:
    instead = f"give {option} an address that it has (ip address shows them), or {_WITHOUT[option]}"
    match error:
        case socket.gaierror():
            why = f" ({error.strerror})" if error.strerror else ""
            return (
                f"{host} is no address, and no name that this machine can resolve{why}: {instead}"
            )
        case ValueError():  # no name looks like that
            return f"{host} is no address, and no name of one: {instead}"
        case OSError(errno=errno.EADDRNOTAVAIL):
            return f"this machine has no address {host}: {instead}"
        case OSError(errno=number) if number in _NOT_ALLOWED:
            return f"{where} may not be used by this user: give a port above 1023"
        case _:
            return f"cannot listen on {where}: {error}"
