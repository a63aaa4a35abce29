# SPDX-License-Identifier: GPL-3.0-or-later
"""What is played next, and how a song ends early: arrows from one schedule to the next.

Servers that cannot reach each other go on alike: what comes next follows from the schedule and the
songs, not from when or where somebody asks.
"""

import enum
import hashlib
from dataclasses import fields, replace
from typing import Final

from server.station.schedule import HISTORY, Entry, Schedule, Wish, entry_numbered, on_air
from server.station.songs import Playable, Song

PREPARE_US: Final = 2_000_000  # the next song is fixed so long before it is heard
MAX_AHEAD: Final = HISTORY // 2  # entries fixed at once; else very short songs push out the present
# Songs that went by while nobody looked: about a day of them. Whoever slept longer begins anew.
CATCH_UP: Final = 512
CLOCK_SET_BACK_US: Final = 60_000_000  # so far before all entries, the clock was set
NO_REPEAT: Final = 32  # songs until one may come again
MAX_PASSES: Final = 3  # a wish may be ahead of the library's first walk, but not for ever

_SONG_FIELDS: Final = tuple(one.name for one in fields(Song))


class Advance(enum.Enum):
    """What `advance` found."""

    UNCHANGED = enum.auto()  # all that has to be fixed is fixed
    EXTENDED = enum.auto()  # entries were added
    NOTHING_TO_PLAY = enum.auto()  # an entry is due, and there are no songs


class Cut(enum.Enum):
    """What `cut` did."""

    CUT = enum.auto()  # it ends where it was told to
    TOO_LATE = enum.auto()  # it is over, or ends there or before anyway
    UNKNOWN = enum.auto()  # no such entry is remembered


def advance(schedule: Schedule, *, now_us: int, songs: Playable) -> tuple[Schedule, Advance]:
    """Fix what is heard now and what follows within PREPARE_US.

    Missed songs are caught up with, one by one and at most CATCH_UP, without using up wishes that
    nobody would have heard; after that, and after a silence, the next song begins now.
    """
    ahead = _without_old_votes(schedule, now_us)
    for _ in range(CATCH_UP):
        if not _is_due(ahead, now_us):
            break
        if not songs:
            return _fallen_silent(ahead, now_us), Advance.NOTHING_TO_PLAY
        ahead = _with_next(ahead, _next_begin(ahead, now_us), now_us, songs)
    else:
        if ahead.entries[-1].ends_us <= now_us:
            ahead = _with_next(ahead, now_us, now_us, songs)
    extended = ahead.entries != schedule.entries
    return ahead, Advance.EXTENDED if extended else Advance.UNCHANGED


def _is_due(schedule: Schedule, now_us: int) -> bool:
    entries = schedule.entries
    if not entries or _clock_was_set_back(schedule, now_us):
        return True
    if len(entries) >= MAX_AHEAD and entries[-MAX_AHEAD].begins_us > now_us:
        return False
    return entries[-1].ends_us - PREPARE_US <= now_us


def _clock_was_set_back(schedule: Schedule, now_us: int) -> bool:
    return now_us < schedule.entries[0].begins_us - CLOCK_SET_BACK_US


def _next_begin(schedule: Schedule, now_us: int) -> int:
    if not schedule.entries or _clock_was_set_back(schedule, now_us):
        return now_us
    ends_us = schedule.entries[-1].ends_us
    return max(ends_us, now_us) if schedule.silent else ends_us


def _fallen_silent(schedule: Schedule, now_us: int) -> Schedule:
    """Remember a silence once it is heard: nothing is caught up with that could not be played."""
    if schedule.silent or not schedule.entries or schedule.entries[-1].ends_us > now_us:
        return schedule
    return replace(schedule, silent=True)


def _without_old_votes(schedule: Schedule, now_us: int) -> Schedule:
    """Votes are against one entry, and vanish with it."""
    if not schedule.votes_for:
        return schedule
    against = entry_numbered(schedule, schedule.votes_for)
    if against is not None and against.ends_us > now_us:
        return schedule
    return replace(schedule, votes_for=0, votes=frozenset())


def _with_next(schedule: Schedule, begins_us: int, now_us: int, songs: Playable) -> Schedule:
    """One more entry, from the first wish that can be played or else by lot."""
    last = schedule.entries[-1] if schedule.entries else None
    number = last.number + 1 if last else 1
    song, by, queue = _next_song(schedule, number, begins_us, now_us, songs)
    entry = Entry(
        **{name: getattr(song, name) for name in _SONG_FIELDS},
        number=number,
        begins_us=begins_us,
        offset=last.end_offset if last else 0,
        by=by,
        until=song.total,
        lasts_us=song.playing_us,
    )
    # Where the clock was set back, what was heard lies in the future and cannot stay.
    kept = schedule.entries if last and last.ends_us <= begins_us else ()
    return replace(schedule, entries=(*kept, entry)[-HISTORY:], queue=queue, silent=False)


def _next_song(
    schedule: Schedule, number: int, begins_us: int, now_us: int, songs: Playable
) -> tuple[Song, str, tuple[Wish, ...]]:
    passed: list[Wish] = []
    for place, wish in enumerate(schedule.queue):
        song = songs.get(wish.digest)
        if song is None:
            if wish.passes + 1 < MAX_PASSES:
                passed.append(replace(wish, passes=wish.passes + 1))
        elif begins_us + song.playing_us <= now_us:
            # No server ran: it would count as played and nobody would have heard it.
            passed = list(schedule.queue)
            break
        else:
            return song, wish.by, (*passed, *schedule.queue[place + 1 :])
    recent = min(len(songs) // 2, NO_REPEAT)
    played = [entry.digest for entry in schedule.entries[-recent:]] if recent else []
    chosen = choose(schedule.station_id, number, songs, frozenset(played))
    return chosen, "", tuple(passed)


def choose(station_id: bytes, number: int, songs: Playable, played: frozenset[bytes]) -> Song:
    """The song for an entry by a lot that falls alike on every server.

    Args:
        station_id: makes stations differ.
        number: of the entry.
        songs: at least one more than `played`.
        played: digests of the songs that are not to come again yet.
    """
    draw = 0
    while True:
        lot = hashlib.sha256(b"%b%d/%d" % (station_id, number, draw)).digest()
        digest = songs.digests[int.from_bytes(lot) % len(songs)]
        if digest not in played:
            return songs[digest]
        draw += 1


def cut(
    schedule: Schedule, number: int, *, until: int, lasts_us: int, now_us: int
) -> tuple[Schedule, Cut]:
    """End an entry early; what is fixed after it moves forward in time and in bytes.

    For a song that is skipped, or whose file cannot be read any further. Cut to nothing, an entry
    is never heard.

    Args:
        schedule: the state before.
        number: of the entry, which may not have begun yet.
        until: the song's audio bytes that are played; no server may have sent more of it.
        lasts_us: how long these are heard.
        now_us: the time.
    """
    entry = entry_numbered(schedule, number)
    if entry is None:
        return schedule, Cut.UNKNOWN
    place = number - schedule.entries[0].number
    following = schedule.entries[place + 1 :]
    shorter = replace(entry, until=min(until, entry.until), lasts_us=min(lasts_us, entry.lasts_us))
    is_over = entry.ends_us <= now_us or (following and following[0].begins_us <= now_us)
    if is_over or shorter == entry:
        return schedule, Cut.TOO_LATE
    chain = [shorter]
    for moved in following:
        before = chain[-1]
        chain.append(replace(moved, begins_us=before.ends_us, offset=before.end_offset))
    return replace(schedule, entries=(*schedule.entries[:place], *chain)), Cut.CUT


def is_on_air(schedule: Schedule, number: int, now_us: int) -> bool:
    """Whether this is the entry that is heard now."""
    heard = on_air(schedule, now_us)
    return heard is not None and heard[0].number == number
