# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's configuration: one frozen dataclass, built once in `server.options`."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path

from common import constants
from server.congestion import PREFERRED
from server.relay.allowed import RelayPlan


@dataclass(frozen=True, slots=True)
class PortRange:
    """Data ports from `low` to `high`, both included."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.high <= 65535:
            raise ValueError(f"{self.low}-{self.high} is no range of ports")

    def __contains__(self, port: int) -> bool:
        return self.low <= port <= self.high

    def __str__(self) -> str:
        return f"{self.low}-{self.high}"


DEFAULT_DATA_PORTS = PortRange(constants.DEFAULT_PORT + 1, constants.DEFAULT_PORT + 100)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where something beside the two channels is asked for, over TCP."""

    host: str
    port: int  # 0: any free one

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server bears; 0 switches a limit off where that is said."""

    sessions: int = 9_900  # two descriptors each
    sessions_per_address: int = 64  # 0: any number. A class behind one router fits
    waiting: int = 1024  # connections that have not yet said HELLO or ATTACH
    waiting_per_address: int = 64  # 0: any number
    page: int = 200  # tracks in one TRACKS


@dataclass(frozen=True, slots=True)
class Timers:
    """In seconds; the names are those of RFC.md, "Timers and Constants"."""

    hello_timeout: int = constants.HELLO_TIMEOUT
    ticket_lifetime: int = constants.TICKET_LIFETIME
    heartbeat: int = constants.HEARTBEAT
    dead_after: int = constants.DEAD_AFTER
    grace: int = constants.GRACE
    idle_timeout: int = constants.IDLE_TIMEOUT
    stall_timeout: int = constants.STALL_TIMEOUT
    drain_timeout: int = constants.DRAIN_TIMEOUT  # 0: no drain, everybody is told BYE at once

    def __post_init__(self) -> None:
        if not 0 < self.heartbeat < self.dead_after:
            raise ValueError(
                f"--heartbeat {self.heartbeat} has to be above 0 and below --dead-after"
                f" {self.dead_after}, best a third of it: change one of them"
            )


@dataclass(frozen=True, slots=True)
class StationPlan:
    """A station that the server is to run (RFC.md, "Stations")."""

    name: str
    source: str = ""  # a folder or a playlist, relative to the music folder; "": everything in it

    def __str__(self) -> str:
        return f"{self.name}={self.source}" if self.source else self.name


@dataclass(frozen=True, slots=True)
class Share:
    """Which of several workers a process is (`server.workers`)."""

    number: int  # from 1
    of: int

    @property
    def leads(self) -> bool:
        """Whether it looks after the library for all of them."""
        return self.number == 1


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the server is told at its start."""

    folder: Path
    port: int = constants.DEFAULT_PORT  # 0: any free one
    host: str = ""  # "": every address of this machine
    data_ports: PortRange | None = None  # None: any free ones
    state: Path | None = None  # None: ids are forgotten at the end
    users: Path | None = None  # who may listen; None: everybody
    rescan: int = 300  # seconds between two walks of the folder
    follow_links: bool = False  # out of the folder, too
    congestion: str = PREFERRED  # control of the data connections; SYSTEM: the kernel's default
    certificate: Path | None = None  # PEM, with what vouches for it; None: plain TCP
    key: Path | None = None  # PEM; None: in the file of the certificate
    insecure: bool = False  # neither refuse nor warn of what others can hear
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()  # who say for whom they connect
    reuse_port: bool = False  # share the control port with a server that drains
    stations: tuple[StationPlan, ...] = ()
    station_store: str | None = None  # the URL of a Redis that servers share; None: in memory
    relays: RelayPlan = field(default_factory=RelayPlan)
    metrics: Endpoint | None = None  # where Prometheus asks; None: nowhere
    workers: int = 1  # processes that share the control port
    share: Share | None = None  # for one of them; None: this is the only process, or their parent
    limits: Limits = field(default_factory=Limits)
    timers: Timers = field(default_factory=Timers)


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
