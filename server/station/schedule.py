# SPDX-License-Identifier: GPL-3.0-or-later
"""A station's whole state: what is heard from when on, from which byte, and what is wished for.

A schedule and not a pipe: every server that has it and the same songs sends the same frames. It
never changes; `airing`, `requests` and `votes` make the next one from it. Times are Unix µs on the
clock that the servers of a station share.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from server.station.songs import MAX_U32, MAX_U64, Song, check_digest, check_range, check_text

HISTORY: Final = 64  # entries kept, those included that have not begun yet
MAX_QUEUE: Final = 100  # wishes that wait at once
MAX_VOTES: Final = 10_000  # so many want another song: no more are counted, it is enough
MAX_VOTER: Final = 64  # bytes of a voter's key
MAX_CROWDS: Final = 256  # server processes of one station
STATION_ID_SIZE: Final = 16  # bytes
SEED_SIZE: Final = 32  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Song):
    """A song in its place in the stream, with all that a server without the file must know.

    Attributes:
        number: 1, 2, ... over the station's life.
        begins_us: when it starts to be heard.
        offset: station offset, the audio bytes of the station before it.
        by: who wished for it, "" for nobody.
        until: audio bytes of it that are played: `total`, or less where it was cut.
        lasts_us: how long these are heard, `playing_us` or less.
    """

    number: int
    begins_us: int
    offset: int
    by: str
    until: int
    lasts_us: int

    def __post_init__(self) -> None:
        # Not super(): a dataclass with slots is another class than the one super() would look in.
        Song.__post_init__(self)
        check_range("number", self.number, 1, MAX_U64)
        check_range("begins_us", self.begins_us, 0, MAX_U64)
        check_range("offset", self.offset, 0, MAX_U64)
        check_range("until", self.until, 0, self.total)
        check_range("lasts_us", self.lasts_us, 0, self.playing_us)
        check_text("by", self.by)

    @property
    def ends_us(self) -> int:
        """When it is heard no more, and the next entry may be."""
        return self.begins_us + self.lasts_us

    @property
    def end_offset(self) -> int:
        """The station offset after it."""
        return self.offset + self.until

    @property
    def is_cut(self) -> bool:
        """Whether it ends before its end."""
        return self.until < self.total or self.lasts_us < self.playing_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A song that somebody wants to hear.

    Attributes:
        digest: of the song's audio.
        title: clean text, as it was when it was wished for.
        artist: clean text, likewise.
        by: whose wish it is, "" for nobody's.
        playing_us: how long it will be heard.
        passes: how often it was passed over because the song was missing.
    """

    digest: bytes
    title: str
    artist: str
    by: str
    playing_us: int
    passes: int = 0

    def __post_init__(self) -> None:
        check_digest(self.digest)
        check_text("title", self.title)
        check_text("artist", self.artist)
        check_text("by", self.by)
        check_range("playing_us", self.playing_us, 1, MAX_U64)
        check_range("passes", self.passes, 0, MAX_U32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """How many listen at one server process, as it said last; void from `expires_us` on."""

    server: str
    listeners: int
    expires_us: int

    def __post_init__(self) -> None:
        check_text("server", self.server)
        check_range("listeners", self.listeners, 0, MAX_U32)
        check_range("expires_us", self.expires_us, 0, MAX_U64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The state of a station, small enough to be written whole at each change.

    Attributes:
        version: rises by one with each change; stores count it.
        station_id: names the station for good.
        seed: Ed25519 private seed that the servers of the station share.
        entries: the last HISTORY, ascending; the newest may not have begun yet.
        queue: the wishes, in the order in which they will be played.
        votes_for: the number of the entry that `votes` are against.
        votes: keys of those who want another song; each was looked at by `check_voter` when it
            came, since each change of a schedule makes another one, with all of them.
        crowds: who has how many listeners.
        silent: nothing was there to be played when the last entry ended.

    Raises:
        ValueError: what no station can be in.
    """

    station_id: bytes
    seed: bytes = field(repr=False)
    version: int = 0
    entries: tuple[Entry, ...] = ()
    queue: tuple[Wish, ...] = ()
    votes_for: int = 0
    votes: frozenset[str] = frozenset()
    crowds: tuple[Crowd, ...] = ()
    silent: bool = False

    def __post_init__(self) -> None:
        check_range("size of station_id", len(self.station_id), STATION_ID_SIZE, STATION_ID_SIZE)
        check_range("size of seed", len(self.seed), SEED_SIZE, SEED_SIZE)
        check_range("version", self.version, 0, MAX_U64)
        check_range("number of entries", len(self.entries), 0, HISTORY)
        check_range("length of queue", len(self.queue), 0, MAX_QUEUE)
        check_range("votes_for", self.votes_for, 0, MAX_U64)
        check_range("number of votes", len(self.votes), 0, MAX_VOTES)
        check_range("number of crowds", len(self.crowds), 0, MAX_CROWDS)
        for one, two in pairwise(self.entries):
            _check_neighbours(one, two)
        if len({wish.digest for wish in self.queue}) < len(self.queue):
            raise ValueError("a song waits twice in the queue")
        if len({crowd.server for crowd in self.crowds}) < len(self.crowds):
            raise ValueError("a server has two crowds")


def check_voter(voter: str) -> None:
    """ValueError where this is no key of a listener."""
    check_text("voter", voter, MAX_VOTER)


def _check_neighbours(one: Entry, two: Entry) -> None:
    if two.number != one.number + 1:
        raise ValueError(f"entry {one.number} is followed by {two.number}")
    if two.offset != one.end_offset:
        raise ValueError(f"entry {two.number} does not begin at the byte after {one.number}")
    if two.begins_us < one.ends_us:
        raise ValueError(f"entry {two.number} begins before {one.number} ends")


def on_air(schedule: Schedule, now_us: int) -> tuple[Entry, int] | None:
    """The entry that is heard now, and for how many µs it has been; None for silence."""
    for entry in reversed(schedule.entries):
        if entry.begins_us <= now_us < entry.ends_us:
            return entry, now_us - entry.begins_us
    return None


def entry_at_offset(schedule: Schedule, offset: int) -> Entry | None:
    """The entry that the byte at this station offset belongs to; None if none is known."""
    for entry in reversed(schedule.entries):
        if entry.offset <= offset < entry.end_offset:
            return entry
    return None


def entry_numbered(schedule: Schedule, number: int) -> Entry | None:
    """The entry with this number, while it is remembered."""
    if not schedule.entries or not 0 <= number - schedule.entries[0].number < len(schedule.entries):
        return None
    return schedule.entries[number - schedule.entries[0].number]


def to_come(schedule: Schedule, now_us: int) -> tuple[Entry, ...]:
    """The entries that are fixed and have not begun."""
    return tuple(entry for entry in schedule.entries if entry.begins_us > now_us)
