# SPDX-License-Identifier: GPL-3.0-or-later
"""Wishes of listeners: who asks for a song hears when it will come."""

import enum
from dataclasses import dataclass, replace
from itertools import accumulate

from server.station.schedule import MAX_QUEUE, Schedule, Wish, to_come
from server.station.songs import Playable


class Outcome(enum.Enum):
    """What became of a request."""

    REQUESTED = enum.auto()  # it waits in the queue
    ALREADY = enum.auto()  # the song waits already, or is fixed as the next one
    UNKNOWN = enum.auto()  # the station has no such song
    FULL = enum.auto()  # MAX_QUEUE songs wait


@dataclass(frozen=True, slots=True)
class Request:
    """The answer to a request.

    Attributes:
        outcome: whether the song will come.
        place: how many songs begin until then, itself included: 1 is the next; 0 where it does not.
        starts_in_us: how long until then, if nothing is skipped; 0 where it does not come.
    """

    outcome: Outcome
    place: int = 0
    starts_in_us: int = 0


def request(
    schedule: Schedule, digest: bytes, *, by: str, now_us: int, songs: Playable
) -> tuple[Schedule, Request]:
    """Put a song at the end of the queue. `by` is clean text that others may see, or ""."""
    if (answer := _place(schedule, digest, now_us, Outcome.ALREADY)) is not None:
        return schedule, answer
    song = songs.get(digest)
    if song is None:
        return schedule, Request(Outcome.UNKNOWN)
    if len(schedule.queue) >= MAX_QUEUE:
        return schedule, Request(Outcome.FULL)
    wish = Wish(
        digest=digest,
        title=song.title,
        artist=song.artist,
        by=by,
        playing_us=song.playing_us,
    )
    longer = replace(schedule, queue=(*schedule.queue, wish))
    answer = _place(longer, digest, now_us, Outcome.REQUESTED)
    return longer, answer or Request(Outcome.UNKNOWN)


def queue_times(schedule: Schedule, now_us: int) -> tuple[int, ...]:
    """When each wish of the queue will be heard, in Unix µs, if nothing is skipped."""
    ends_us = schedule.entries[-1].ends_us if schedule.entries else now_us
    lengths = [wish.playing_us for wish in schedule.queue[:-1]]
    begins = accumulate(lengths, initial=max(ends_us, now_us))
    return tuple(begins) if schedule.queue else ()


def _place(schedule: Schedule, digest: bytes, now_us: int, outcome: Outcome) -> Request | None:
    fixed = to_come(schedule, now_us)
    waiting = [(entry.digest, entry.begins_us) for entry in fixed]
    queued = (wish.digest for wish in schedule.queue)
    waiting += zip(queued, queue_times(schedule, now_us), strict=True)
    for place, (waits, begins_us) in enumerate(waiting, 1):
        if waits == digest:
            return Request(outcome, place, begins_us - now_us)
    return None
