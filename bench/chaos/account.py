# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client has said of itself: which song from where, how long, paused when, how much held.

Pure: lines and the times at which they were read come in.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bench.chaos.silences import Span
from bench.chaos.tape import Announced

COUNTED: Final = frozenset({"started", "stalled", "finished", "link_back", "connected"})


@dataclass(frozen=True, slots=True)
class _Held:
    """How much sound the client had to play, at a moment."""

    at: float
    seconds: float
    flows: bool  # it was playing, so that it gets less


class Account:
    """The lines of one client so far.

    Attributes:
        announced: the songs that it said it plays.
        over: when each of them was over; as long as they are songs that are on, one fewer.
        pauses: the finished ones.
        started: by stream, when its first sound was told of.
        counts: how often some lines came; of those that tell of trouble, by its code or reason.
        broken: songs whose bytes were not those that the server had announced.
        farewell: why it left, where it has said so.
    """

    def __init__(self) -> None:
        """Nothing was said."""
        self.announced: list[Announced] = []
        self.over: list[float] = []
        self.pauses: list[Span] = []
        self.started: dict[int, float] = {}
        self.counts: Counter[str] = Counter()
        self.broken = 0
        self.farewell = ""
        self._asked: deque[float] = deque()  # when the commands were given that have not ended
        self._paused_at: float | None = None
        self._held: list[_Held] = []
        self._is_leaving = False

    def ask(self, at: float) -> None:
        """The client is given a command, behind those that have not ended."""
        self._asked.append(at)

    def add(self, fields: Mapping[str, Any], at: float) -> None:
        """The next line."""
        name = fields["event"]
        self._count(name, fields)
        match name:
            case "playing":
                self._playing(fields, at)
            case "started":
                self.started[fields["stream"]] = at
            case "finished" | "song_failed":
                if self.announced and fields["stream"] == self.announced[-1].stream:
                    self._over(at)
            case "stopped" | "disconnected":
                self._over(at)
            case "paused":
                self._paused_at = self._paused_at or at
            case "resumed":
                self._resumed(at)
            case "status":
                held = fields["buffered_to_s"] - fields["position_s"]
                is_song = fields["track"] is not None
                flows = fields["activity"] == "playing"
                self._held.append(_Held(at, max(0.0, held) if is_song else 0.0, flows))
            case "ended":
                if self._asked:
                    self._asked.popleft()
            case _:
                pass

    def _count(self, name: str, fields: Mapping[str, Any]) -> None:
        match name:
            case "failed" | "song_failed":
                # Where the client itself refused, a sentence has numbers and titles in it.
                self.counts[f"{name}: {fields['code'] or 'by the client'}"] += 1
            case "link_lost":
                self.counts[f"{name}: {fields['reason']}"] += 1
            case "disconnected":
                self.farewell = fields["reason"]
            case "finished" if fields["intact"] is False:
                self.broken += 1
            case _ if name in COUNTED:
                self.counts[name] += 1
            case _:
                pass

    def end(self, at: float) -> None:
        """Nothing more counts: the client was told to leave, or has ended. May be said again."""
        self._is_leaving = True
        self._over(at)

    def held(self, at: float) -> float:
        """Seconds of sound that it had to play on with at that time, at least."""
        latest = next((held for held in reversed(self._held) if held.at <= at), None)
        if latest is None or any(latest.at < song.at <= at for song in self.announced):
            return 0.0
        return max(0.0, latest.seconds - (at - latest.at if latest.flows else 0.0))

    def _playing(self, fields: Mapping[str, Any], at: float) -> None:
        if not fields["sought"]:
            self._resumed(at)
        self._close(at)
        asked = self._asked[0] if self._asked else at
        title = fields["track"]["title"]
        self.announced.append(Announced(at, asked, fields["stream"], title, fields["start_ms"]))
        if self._is_leaving:
            self._close(at)  # its line was on the way; nobody expects more of it

    def _resumed(self, at: float) -> None:
        if self._paused_at is not None:
            self.pauses.append(Span(self._paused_at, at))
            self._paused_at = None

    def _over(self, at: float) -> None:
        self._resumed(at)
        self._close(at)

    def _close(self, at: float) -> None:
        if len(self.over) < len(self.announced):
            self.over.append(at)
