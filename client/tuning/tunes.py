# SPDX-License-Identifier: GPL-3.0-or-later
"""The TUNEs of one client: what was wished for and is not answered yet, and what came meanwhile."""

from dataclasses import dataclass, field
from typing import Final

from client.effects import Outbox
from client.reports import Refused
from client.tuning.backlog import CAPACITY
from client.tuning.feeding import Frame
from common.fields import malformed
from control.station_messages import Tune
from data.frames import Data, Fail

MOST_ASKED: Final = 8  # unanswered at a time; for each, frames may be kept
MOST_KEPT: Final = 4096  # frames of a stream whose TUNED has not come
OVERTAKEN: Final = "A later command has taken its place."


@dataclass(frozen=True, slots=True)
class TuneWish:
    """What the listener asked for, at `asked_at` in seconds."""

    tag: int
    station: str
    asked_at: float


@dataclass(slots=True)
class OpenTune:
    """A TUNE without an answer.

    Attributes:
        tune: the message.
        wish: what it fulfils; None where it brings the rest of what is heard.
        kept: frames of its stream, since control and data are not ordered against each other.
    """

    tune: Tune
    wish: TuneWish | None
    kept: list[Frame | Fail] = field(default_factory=list["Frame | Fail"])
    _kept_bytes: int = 0

    def keep(self, frame: Frame | Fail) -> None:
        """A frame has come before TUNED; raises ProtocolError where these are too many."""
        self._kept_bytes += len(frame.audio) if isinstance(frame, Data) else 0
        if self._kept_bytes > CAPACITY or len(self.kept) >= MOST_KEPT:
            raise malformed("more than a station's recent past before TUNED")
        self.kept.append(frame)


class Tunes:
    """Which wishes wait for the link, and which TUNEs for the server's answer."""

    def __init__(self, outbox: Outbox) -> None:
        """Nothing was asked for yet."""
        self._outbox = outbox
        self._waiting: TuneWish | None = None
        self._asked: dict[int, OpenTune] = {}  # by stream number, rising

    @property
    def newest(self) -> TuneWish | None:
        """The latest wish that is not answered."""
        if self._waiting is not None:
            return self._waiting
        wishes = [asked.wish for asked in self._asked.values() if asked.wish is not None]
        return wishes[-1] if wishes else None

    @property
    def asked(self) -> tuple[int, ...]:
        """The stream numbers that the server has not answered."""
        return tuple(self._asked)

    @property
    def are_waiting(self) -> bool:
        """Whether a wish waits for the link."""
        return self._waiting is not None

    @property
    def are_wished(self) -> bool:
        """Whether the server was asked for something that is not heard yet."""
        return any(asked.wish is not None for asked in self._asked.values())

    def of(self, stream: int) -> OpenTune | None:
        """The TUNE with this stream number, if it is not answered."""
        return self._asked.get(stream)

    def wish(self, wish: TuneWish) -> bool:
        """Keep the newest wish; one that still waits is overtaken. Whether there was one."""
        overtaken, self._waiting = self._waiting, wish
        if overtaken is not None:
            self._overtake(overtaken, wish)
        return overtaken is not None

    def take_waiting(self) -> TuneWish | None:
        """The wish to ask the server for now, if any."""
        wish, self._waiting = self._waiting, None
        if wish is not None and len(self._asked) == MOST_ASKED:
            self.refuse(wish, "The server has not answered the commands before this one.")
            return None
        return wish

    def ask(self, tune: Tune, wish: TuneWish | None) -> None:
        """This TUNE was sent."""
        self._asked[tune.stream] = OpenTune(tune, wish)

    def answered(self, stream: int, *, accepted: bool) -> OpenTune | None:
        """The answer has come; what was asked for before is overtaken by what was accepted.

        None where nobody waits for it any more.
        """
        found = self._asked.pop(stream, None)
        if accepted:
            for older in [number for number in self._asked if number < stream]:
                gone = self._asked.pop(older)
                if gone.wish is not None:
                    self._overtake(gone.wish, None if found is None else found.wish)
        return found

    def overtaken(self, stream: int, reason: str) -> None:
        """A song was accepted with this stream number: TUNEs before it bring nothing."""
        for older in [number for number in self._asked if number < stream]:
            gone = self._asked.pop(older)
            if gone.wish is not None:
                self.refuse(gone.wish, reason)

    def lost(self) -> None:
        """No answer will come, or none that counts: the newest wish waits again."""
        newest = self.newest
        for asked in self._asked.values():
            if asked.wish is not None and asked.wish is not newest:
                self._overtake(asked.wish, newest)
        self._asked.clear()
        self._waiting = newest

    def withdraw(self, reason: str, code: str = "") -> None:
        """The listener wants something else: what was not asked for yet never will be."""
        wish, self._waiting = self._waiting, None
        if wish is not None:
            self.refuse(wish, reason, code)

    def drop(self, reason: str, code: str = "") -> bool:
        """Refuse all wishes; whether there were any."""
        had_wishes = self.newest is not None
        for asked in self._asked.values():
            if asked.wish is not None:
                self.refuse(asked.wish, reason, code)
        self._asked.clear()
        self.withdraw(reason, code)
        return had_wishes

    def refuse(self, wish: TuneWish, reason: str, code: str = "") -> None:
        """Tell the listener why not."""
        self._outbox.tell(Refused(wish.tag, code, reason))

    def _overtake(self, old: TuneWish, new: TuneWish | None) -> None:
        if new is None or new.station == old.station:
            self.refuse(old, OVERTAKEN)
        else:
            self.refuse(old, f"{old.station} gives way to {new.station}.")
