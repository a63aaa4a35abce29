# SPDX-License-Identifier: GPL-3.0-or-later
"""The PLAYs of one client: stream numbers, and what was wished for and is not answered yet."""

from dataclasses import dataclass, replace

from client.effects import Outbox
from client.reports import Refused
from client.times import clock_words
from control.music_messages import Play, StartKind

MOST_ASKED = 8  # unanswered at a time; each may make us keep a window of bytes


@dataclass(frozen=True, slots=True)
class Wish:
    """What the listener asked for: a track from some moment on.

    `asked_at` in seconds; `is_seek` marks another place in the song that plays, or that was wished
    for before; one that is paused stays so; `at_once` overrides the start rule.
    """

    tag: int
    track: int
    start_ms: int
    asked_at: float
    is_seek: bool = False
    at_once: bool = False


class Plays:
    """Which wishes wait for the link, and which for the server's answer."""

    def __init__(self, outbox: Outbox) -> None:
        """No stream was asked for yet."""
        self._outbox = outbox
        self._highest = 0
        self._waiting: Wish | None = None
        self._asked: dict[int, Wish] = {}  # by stream number, rising

    @property
    def newest(self) -> Wish | None:
        """The latest wish that is not answered."""
        if self._waiting is not None:
            return self._waiting
        return next(reversed(self._asked.values()), None)

    @property
    def are_waiting(self) -> bool:
        """Whether a wish waits for the link."""
        return self._waiting is not None

    @property
    def asked(self) -> tuple[int, ...]:
        """The stream numbers that the server has not answered."""
        return tuple(self._asked)

    def wish(self, wish: Wish) -> bool:
        """Keep the newest wish; one that still waits is overtaken. Whether there was one."""
        overtaken, self._waiting = self._waiting, wish
        if overtaken is not None:
            self._overtake(overtaken, wish)
        return overtaken is not None

    def start_newest_at_once(self) -> bool:
        """Let the song of the latest wish start with its first bytes; False where there is none."""
        if self._waiting is not None:
            self._waiting = replace(self._waiting, at_once=True)
        elif self._asked:
            number, wish = next(reversed(self._asked.items()))
            self._asked[number] = replace(wish, at_once=True)
        else:
            return False
        return True

    def number(self, *, above: int = 0) -> int:
        """A stream number higher than any before, and than `above`."""
        self._highest = max(self._highest, above) + 1
        return self._highest

    def skip_to(self, newest: int) -> None:
        """The server has accepted streams up to `newest`."""
        self._highest = max(self._highest, newest)

    def send(self, window: int) -> Play | None:
        """The PLAY for the wish that waits; None where there is none."""
        wish, self._waiting = self._waiting, None
        if wish is None:
            return None
        if len(self._asked) == MOST_ASKED:
            self.refuse(wish, "The server has not answered the commands before this one.")
            return None
        number = self.number()
        self._asked[number] = wish
        return Play(wish.track, number, StartKind.TIME, wish.start_ms, window)

    def accepted(self, stream: int) -> Wish | None:
        """The wish that `stream` fulfils; older ones are overtaken. None for what is not ours."""
        wish = self._asked.pop(stream, None)
        for older in [number for number in self._asked if number < stream]:
            self._overtake(self._asked.pop(older), wish)
        return wish

    def refused(self, stream: int) -> Wish | None:
        """The wish that the server refused."""
        return self._asked.pop(stream, None)

    def lost(self) -> None:
        """No answer will come, or none that counts: the newest wish waits again."""
        *older, newest = [*self._asked.values(), self._waiting]
        self._asked.clear()
        if newest is None and older:
            newest = older.pop()
        self._waiting = newest
        for wish in older:
            if wish is not None:
                self._overtake(wish, newest)

    def withdraw(self, reason: str) -> None:
        """The listener wants something else: what was not asked for yet never will be."""
        wish, self._waiting = self._waiting, None
        if wish is not None:
            self.refuse(wish, reason)

    def overtaken(self, stream: int, reason: str) -> None:
        """A station was accepted with this stream number: what was asked for before is not."""
        for older in [number for number in self._asked if number < stream]:
            self.refuse(self._asked.pop(older), reason)

    def drop(self, reason: str) -> bool:
        """Refuse all wishes; whether there were any."""
        wishes = [*self._asked.values()] + ([self._waiting] if self._waiting else [])
        self._asked.clear()
        self._waiting = None
        for wish in wishes:
            self.refuse(wish, reason)
        return bool(wishes)

    def _overtake(self, old: Wish, new: Wish | None) -> None:
        if new is not None and new.is_seek and not old.is_seek and new.track == old.track:
            place = clock_words(new.start_ms)
            self.refuse(old, f"Track {old.track} is played from {place} on instead.")
        elif new is None or new.track == old.track:
            self.refuse(old, "A later command has taken its place.")
        else:
            self.refuse(old, f"Track {old.track} gives way to track {new.track}.")

    def refuse(self, wish: Wish, reason: str, code: str = "") -> None:
        """Tell the listener why not."""
        self._outbox.tell(Refused(wish.tag, code, reason))
