# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the frames of a station's stream come from: the server alone, or other listeners too.

A `Feed` stands between the connections and the stream: whatever the server sends goes through it,
and it may deliver frames of its own instead (RFC.md, "Relays").
"""

from dataclasses import dataclass
from typing import Protocol

from client.tuning.reports import RelayStatus
from control.relay_messages import Accuse, Parents, Relay, Relaying, Report
from control.session_messages import Error
from control.station_messages import Tuned
from data.frames import Data
from data.station.listener import Sound
from data.station_frames import SERVER_NODE, Seal, SongFrame

Frame = SongFrame | Data | Seal


@dataclass(frozen=True, slots=True)
class Standing:
    """How the stream stands, for REPORT.

    Attributes:
        offset: the first station offset that is lacking.
        buffered_ms: sound at hand.
        pace: seconds of sound played in a million seconds of the station's; 0 where not known.
    """

    offset: int
    buffered_ms: int
    pace: int


class Listening(Protocol):
    """What a feed may do with the stream that it feeds."""

    def deliver(self, node: int, frame: Frame) -> None:
        """Take a frame that this node has sent; the server's is 0.

        Raises ProtocolError where it breaks a rule, or completes a stretch that is forged.
        """
        ...

    def switch(self, node: int, offset: int) -> None:
        """Listen to this node from now on, and not to others.

        It sends SONG and whole stretches from `offset` on, which is not behind what is lacking; for
        the server it is the first one that is.
        """
        ...

    def standing(self) -> Standing:
        """How the stream stands."""
        ...

    def notify(self, message: Report | Accuse) -> None:
        """Tell the server; nothing where control is not open."""
        ...

    def request(self, message: Relay) -> None:
        """Ask the server; nothing where control is not open."""
        ...


class Feed(Protocol):
    """Feeds one station's stream at a time."""

    @property
    def is_willing(self) -> bool:
        """Whether it can make use of PARENTS: then TUNE says RELAYED."""
        ...

    @property
    def feeder(self) -> int:
        """The node that feeds the stream; 0 for the server."""
        ...

    def status(self, now: float) -> RelayStatus:
        """How this listener stands among the others."""
        ...

    def tuned(self, tuned: Tuned, session: int, now: float) -> None:
        """A stream begins, or another one takes its place."""
        ...

    def untuned(self, now: float) -> None:
        """There is no stream any more."""
        ...

    def from_server(self, frame: Frame, now: float) -> None:
        """The server has sent this frame of the stream."""
        ...

    def lost(self, now: float) -> None:
        """The stream is lost, and will be asked for again."""
        ...

    def passed(self, sound: Sound, seconds: float, now: float) -> None:
        """A stretch that was lacking has passed; `seconds` is how long it plays."""
        ...

    def parents(self, parents: Parents, now: float) -> None:
        """The server says who may feed the stream."""
        ...

    def answered(self, asked: Relay, answer: Relaying | Error, now: float) -> None:
        """The answer to RELAY has come."""
        ...

    def linked(self, now: float) -> None:
        """Control is open again, in the same session."""
        ...

    def unlinked(self, now: float) -> None:
        """Control is lost."""
        ...

    def leave(self, now: float) -> None:
        """The user wants to go."""
        ...

    @property
    def has_left(self) -> bool:
        """Whether nobody is left who would miss it."""
        ...

    def deadline(self) -> float | None:
        """When to call `tick` at the latest."""
        ...

    def tick(self, now: float) -> None:
        """Let time pass."""
        ...


class ServerAlone:
    """The feed of a listener that neither feeds others nor is fed by them."""

    is_willing = False
    feeder = SERVER_NODE
    has_left = True

    def __init__(self, listening: Listening) -> None:
        """Delivers to `listening`."""
        self._listening = listening

    def status(self, now: float) -> RelayStatus:
        """Nobody else has to do with it."""
        del now
        return RelayStatus()

    def tuned(self, tuned: Tuned, session: int, now: float) -> None:
        """Nothing to do."""

    def untuned(self, now: float) -> None:
        """Nothing to do."""

    def lost(self, now: float) -> None:
        """Nothing to do."""

    def from_server(self, frame: Frame, now: float) -> None:
        """It is the next frame."""
        del now
        self._listening.deliver(SERVER_NODE, frame)

    def passed(self, sound: Sound, seconds: float, now: float) -> None:
        """Nothing to do."""

    def parents(self, parents: Parents, now: float) -> None:
        """Nothing to do."""

    def answered(self, asked: Relay, answer: Relaying | Error, now: float) -> None:
        """Nothing to do."""

    def linked(self, now: float) -> None:
        """Nothing to do."""

    def unlinked(self, now: float) -> None:
        """Nothing to do."""

    def leave(self, now: float) -> None:
        """Nothing to do."""

    def deadline(self) -> float | None:
        """Never."""
        return None

    def tick(self, now: float) -> None:
        """Nothing to do."""
