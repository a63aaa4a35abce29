# SPDX-License-Identifier: GPL-3.0-or-later
"""What a station tells of itself: STATIONS, ON_AIR and ENTRIES, out of its schedule."""

from common.constants import MAX_BODY
from common.errors import ErrorCode, ProtocolError
from control.queue_messages import Entries, OnAir, Queue, QueueEntry, Votes
from control.station_messages import StationEntry
from server.station.broadcast import Broadcast
from server.station.requests import queue_times
from server.station.schedule import Schedule, on_air, to_come
from server.station.votes import Outcome, Tally, listeners, needed

_U16 = 0xFFFF
_U32 = 0xFFFFFFFF


def entry_of(broadcast: Broadcast) -> StationEntry:
    """The station in STATIONS."""
    schedule, now_us = _counted(broadcast), broadcast.store.now_us()
    heard = on_air(schedule, now_us)
    title, artist = ("", "") if heard is None else (heard[0].title, heard[0].artist)
    return StationEntry(broadcast.name, listeners(schedule, now_us), title, artist)


def _counted(broadcast: Broadcast) -> Schedule:
    """With who listens here at this moment; the store is told once in a while."""
    return broadcast.keeper.counted(broadcast.schedule)


def on_air_of(broadcast: Broadcast) -> OnAir:
    """Answer NOW; raises ProtocolError(NO_SUCH_TRACK) where nothing is on the air."""
    schedule, now_us = _counted(broadcast), broadcast.store.now_us()
    heard = on_air(schedule, now_us)
    if heard is None:
        raise ProtocolError(ErrorCode.NO_SUCH_TRACK, "the station has no song to play")
    entry, elapsed_us = heard
    voted = len(schedule.votes) if schedule.votes_for == entry.number else 0
    return OnAir(
        song=entry.number,
        track=broadcast.songs.track_id(entry.digest) or 0,
        elapsed=_ms(elapsed_us),
        duration=_ms(entry.playing_us),
        listeners=listeners(schedule, now_us),
        votes=min(voted, _U16),
        needed=min(needed(schedule, now_us), _U16),
        title=entry.title,
        artist=entry.artist,
        album=entry.album,
        by=entry.by,
    )


def entries_of(broadcast: Broadcast, message: Queue) -> Entries:
    """Answer QUEUE: what is fixed as the next song, and the wishes behind it."""
    schedule, now_us = broadcast.schedule, broadcast.store.now_us()
    waiting = [
        (entry.digest, entry.begins_us, entry.playing_us, entry.title, entry.artist, entry.by)
        for entry in to_come(schedule, now_us)
        if entry.until
    ]
    times = queue_times(schedule, now_us)
    waiting += [
        (wish.digest, begins_us, wish.playing_us, wish.title, wish.artist, wish.by)
        for wish, begins_us in zip(schedule.queue, times, strict=True)
    ]
    found: list[QueueEntry] = []
    size = Entries.FIXED_SIZE
    for digest, begins_us, playing_us, title, artist, by in waiting[message.first - 1 :]:
        entry = QueueEntry(
            track=broadcast.songs.track_id(digest) or 0,
            starts_in=_ms(begins_us - now_us),
            duration=_ms(playing_us),
            title=title,
            artist=artist,
            by=by,
        )
        size += entry.size
        if size > MAX_BODY or len(found) == message.limit:
            break
        found.append(entry)
    return Entries(len(waiting), tuple(found))


def votes_of(tally: Tally) -> Votes:
    """Answer SKIP."""
    skipped = tally.outcome is Outcome.SKIPPED
    return Votes(skipped, min(tally.votes, _U16), min(tally.needed, _U16))


def _ms(time_us: int) -> int:
    return min(max(0, time_us) // 1000, _U32)
