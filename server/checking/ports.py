# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks whether the ports can be had, without listening on them: nobody connects to a check."""

from collections.abc import Iterator
from typing import Final

from server.checking.finding import Finding, error, good, warning
from server.config import Config, PortRange
from server.data_ports import OWN
from server.listening import (
    NotListeningError,
    TakenError,
    check_data_ports,
    taken_data_ports,
    try_port,
)
from server.metrics.opening import check_metrics
from server.ports import Kind, Place, places

SOME: Final = 5  # ports that are named


def look_at_ports(config: Config, *, handed_over: bool, running: bool) -> Iterator[Finding]:
    """All that this server would open.

    `handed_over`: who starts it holds the control port. `running`: a server is, which has them, as
    far as one can tell from outside.
    """
    for place in places(config):
        match place.kind:
            case Kind.CONTROL if handed_over:
                text = "handed over by who starts the server, so not tried"
                yield good(place.kind.value, text)
            case Kind.CONTROL:
                yield _control(place, reuse_port=config.reuse_port, running=running)
            case Kind.DATA if place.ports is not None:
                yield _data(place.host, place.ports, running=running)
            case Kind.DATA:
                yield good(place.kind.value, "any free ones")
            case Kind.METRICS:
                yield _metrics(place, running=running)


def _control(place: Place, *, reuse_port: bool, running: bool) -> Finding:
    port = place.endpoint.port
    try:
        try_port(place.host, port, reuse_port=reuse_port)
    except NotListeningError as problem:
        return _not_to_be_had(place.kind, problem, running=running)
    return good(place.kind.value, f"{place.host or '*'}{f':{port}' if port else ', any free one'}")


def _data(host: str, ports: PortRange, *, running: bool) -> Finding:
    """All of them: those that a running server has offered to somebody are in use, too."""
    about = Kind.DATA.value
    try:
        try_port(host, 0)  # what is wrong with the address is wrong with every port of it
    except NotListeningError as problem:
        return error(about, str(problem))
    taken = taken_data_ports(host, ports)
    if not taken:
        return good(about, f"{ports}: all are free")
    named = ", ".join(map(str, taken[:SOME])) + (", ..." if len(taken) > SOME else "")
    free = ports.high - ports.low + 1 - len(taken)
    if free == 0 and not running:
        try:
            check_data_ports(host, ports)
        except NotListeningError as problem:
            return error(about, str(problem))
    whose = "the server that is running has, or others" if running else "other programs have"
    text = f"{ports}: {free} are free, and {whose} {named}"
    # Sessions share what there is, where there are many at a time.
    is_plenty = free >= min(OWN, (ports.high - ports.low + 1) // 2)
    return good(about, text) if is_plenty else warning(about, text)


def _metrics(place: Place, *, running: bool) -> Finding:
    try:
        check_metrics(place.endpoint)
    except NotListeningError as problem:
        return _not_to_be_had(place.kind, problem, running=running)
    if place.ports is None:
        return good(place.kind.value, f"at any free port of {place.host}")
    return good(place.kind.value, f"at http://{place.endpoint}/metrics")


def _not_to_be_had(kind: Kind, problem: NotListeningError, *, running: bool) -> Finding:
    if running and isinstance(problem, TakenError):
        return warning(kind.value, f"{problem} (the server that is running has it, it seems)")
    return error(kind.value, str(problem))
