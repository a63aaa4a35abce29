# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine can be told: one frozen dataclass, built once by the command line."""

from dataclasses import dataclass, replace

from client.relay.options import RelayOptions
from client.trust import Trust
from common.constants import DEFAULT_PORT
from common.release import RELEASE
from control.session_messages import Login
from data.waiting import FixedStart, StartRule
from data.watermark import Limits, Watermark

READ_AHEAD = 600.0  # seconds of sound
TOP_UP = 16.0  # seconds of sound; each costs the server a message and a send
MAX_BUFFER = 16 << 20  # bytes
LIMITS = Limits()  # of the computed mark


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much sound a song may hold before it is heard.

    Attributes:
        read_ahead: seconds of sound to hold at most.
        top_up: seconds of sound that are worth a grant once that much is held.
        max_buffer: bytes to hold at most, whatever they sound like.
    """

    read_ahead: float = READ_AHEAD
    top_up: float = TOP_UP
    max_buffer: int = MAX_BUFFER


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the server is, and how much is fetched when.

    Attributes:
        host: name or address of the server.
        port: its control port.
        agent: name and version of this program, for the server's log.
        start: seconds of sound to have before it is heard, twice that after a stall; None where
            the mark is to be computed.
        limits: between how many seconds of sound the computed mark may lie.
        bounds: how much sound may wait to be heard.
        trust: whose certificate is good, for TLS; None for plain TCP.
        login: who asks, where the server wants to know it.
        insecure: send the password also where others can read it.
        connect_timeout: seconds for the attempt to reach one address of the server.
        relay: what other listeners are allowed; None for nothing.
        tells: say at the end what was heard, in figures (RFC.md, "What Was Heard").
    """

    host: str
    port: int = DEFAULT_PORT
    agent: str = f"antiphon/{RELEASE}"
    start: float | None = None
    limits: Limits = LIMITS
    bounds: Bounds = Bounds()
    trust: Trust | None = None
    login: Login | None = None
    insecure: bool = False
    connect_timeout: float = 10.0
    relay: RelayOptions | None = None
    tells: bool = True

    @property
    def server(self) -> str:
        """Host and port, as one writes them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def least_start(self) -> float | None:
        """Seconds of sound that the user wants before anything starts; None: as it is best."""
        if self.start is not None:
            return self.start
        return None if self.limits.least == LIMITS.least else self.limits.least

    @property
    def start_rule(self) -> StartRule:
        """What decides when sound starts. It never wants more than may be held."""
        most = self.bounds.read_ahead
        if self.start is not None:
            return FixedStart(min(self.start, most))
        return Watermark(replace(self.limits, most=min(self.limits.most, most)))
