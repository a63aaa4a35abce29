# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a server listens with its configuration, as one list, of which no two may meet. Pure.

Metrics are asked for outside of the data ports, whose next one is opened whenever somebody comes:
a worker that starts again could find its own port taken. The control port may lie among the data
ports, as it does for who gives a PORT and not the rest; it is passed over where others are left.
"""

from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from typing import Final

from server.config import Config, Endpoint, PortRange, Share
from server.workers.plan import HIGHEST, endpoint_of, ports_of

_EVERY: Final = frozenset({"::", "0.0.0.0"})  # noqa: S104 nobody listens there for that


class OverlapError(Exception):
    """Two want the same port; the text says which, and what to do."""


class Kind(Enum):
    """What a port is for."""

    CONTROL = "control port"
    DATA = "data ports"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process listens, on all of the ports or on one after the other.

    Attributes:
        kind: what for.
        host: on which address; "": every one of this machine.
        ports: of which kind; None: any free ones.
        worker: whose, of several; 0: everybody's.
    """

    kind: Kind
    host: str
    ports: PortRange | None
    worker: int = 0

    @property
    def endpoint(self) -> Endpoint:
        """The first of its ports."""
        return Endpoint(self.host, 0 if self.ports is None else self.ports.low)


def places(config: Config) -> tuple[Place, ...]:
    """All of them, the control port first; what cannot be shared out among workers is one place."""
    control = Place(Kind.CONTROL, config.host, _one(config.port))
    return (control, *_data(config), *_metrics(config))


def check(config: Config) -> None:
    """Find out whether everybody can have a port; raises OverlapError."""
    control, *others = places(config)
    data = [place for place in others if place.kind is Kind.DATA]
    for place in others:
        if place.kind is Kind.METRICS:
            _check_metrics(config, place, control, data)
        elif place.ports is not None and place.ports == control.ports:
            left = "are" if place.worker == 0 else f"leave worker {place.worker}"
            raise OverlapError(
                f"--data-ports {config.data_ports} {left} the control port and nothing else:"
                " give others, or --data-ports any"
            )


def _check_metrics(config: Config, metrics: Place, control: Place, data: list[Place]) -> None:
    if _meet(metrics, control):
        other = f"the control port, too ({control.endpoint.port})"
    elif any(_meet(metrics, place) for place in data):
        other = f"one of --data-ports {config.data_ports}"
    else:
        return
    what = f"--metrics {metrics.endpoint} is"
    if metrics.worker > 1:
        what = f"--metrics {config.metrics} is {metrics.endpoint} for worker {metrics.worker}, and"
    raise OverlapError(f"{what} {other}: give --metrics another port")


def _data(config: Config) -> tuple[Place, ...]:
    ports, count = config.data_ports, config.workers
    if ports is None or count == 1 or ports.high - ports.low + 1 < count:
        return (Place(Kind.DATA, config.host, ports),)
    shares = [Share(number, count) for number in range(1, count + 1)]
    return tuple(
        Place(Kind.DATA, config.host, ports_of(ports, share), share.number) for share in shares
    )


def _metrics(config: Config) -> tuple[Place, ...]:
    where, count = config.metrics, config.workers
    if where is None:
        return ()
    if where.port == 0 or count == 1:
        return (Place(Kind.METRICS, where.host, _one(where.port)),)
    ports = [endpoint_of(where, Share(number, count)).port for number in range(1, count + 1)]
    return tuple(
        Place(Kind.METRICS, where.host, _one(port), number)
        for number, port in enumerate(ports, 1)
        if port <= HIGHEST
    )


def _one(port: int) -> PortRange | None:
    return PortRange(port, port) if port else None


def _meet(one: Place, other: Place) -> bool:
    """Whether there is a port that the kernel does not give to both."""
    if one.ports is None or other.ports is None:
        return False
    return (
        one.ports.low <= other.ports.high
        and other.ports.low <= one.ports.high
        and _hear_the_same(one.host, other.host)
    )


def _hear_the_same(host: str, other: str) -> bool:
    """Whether some address belongs to both, as `server.listening_socket.listen` opens them."""
    if not host or not other:
        return True
    if (":" in host) != (":" in other):
        return False  # one is for IPv6 alone, and one for IPv4
    both = {_plain(host), _plain(other)}
    return len(both) == 1 or not both.isdisjoint(_EVERY)


def _plain(host: str) -> str:
    """One way to write it; what a name stands for is found out later."""
    try:
        return str(ip_address(host))
    except ValueError:
        return "127.0.0.1" if host == "localhost" else host.lower()
