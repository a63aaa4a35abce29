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
    every = places(config)
    # What is handed over need not be the port of the configuration.
    control = None if handed_over else every[0].ports
    for place in every:
        match place.kind:
            case Kind.CONTROL if handed_over:
                text = "handed over by who starts the server, so not tried"
                yield good(place.kind.value, text)
            case Kind.CONTROL:
                yield _control(place, reuse_port=config.reuse_port, running=running)
            case Kind.DATA if place.ports is not None:
                yield _data(place.host, place.ports, control=control, running=running)
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


def _data(host: str, ports: PortRange, *, control: PortRange | None, running: bool) -> Finding:
    """All of them: those that a running server has offered to somebody are in use, too.

    But for the control port, which nobody has yet, and the server does before it opens them.
    """
    about = Kind.DATA.value
    try:
        try_port(host, 0)  # what is wrong with the address is wrong with every port of it
    except NotListeningError as problem:
        return error(about, str(problem))
    own = None if control is None or control.low not in ports else control.low
    taken = [port for port in taken_data_ports(host, ports) if port != own]
    count = ports.high - ports.low + 1
    free = count - len(taken) - (own is not None)
    if not free and not taken:
        return error(about, f"{ports}: the control port and nothing else")
    if not free and not running:
        try:
            check_data_ports(host, ports, control=own)
        except NotListeningError as problem:
            return error(about, str(problem))
    how_many = "all are" if free == count else "1 is" if free == 1 else f"{free} are"
    text = f"{ports}: {how_many} free"
    if own is not None:
        text += f", {own} is the control port and left out"
    if taken:
        named = ", ".join(map(str, taken[:SOME])) + (", ..." if len(taken) > SOME else "")
        whose = "the server that is running has, or others" if running else "other programs have"
        text += f", and {whose} {named}"
    # Sessions share what there is, where there are many at a time.
    is_plenty = free >= min(OWN, count // 2)
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
