# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentences about stations: what an event says to a person, in lines. Pure."""

from collections.abc import Sequence
from typing import Final

from client.render import Glyphs, distance_words
from client.safe_text import columns, cut, fill, fill_left, safe
from client.times import clock_words
from client.tuning.answers import SongRequested, StationEvent
from client.tuning.reports import (
    Missed,
    OnAirNow,
    RequestsListed,
    SongHeard,
    SongOnAir,
    StationsListed,
    StationStatus,
    TunedIn,
    Voted,
)
from client.tuning.sentences import NO_STATIONS

NEXT: Final = 1  # the place of the song that plays next
_LONG: Final = 1.5  # seconds behind the live edge from which on a number says more than "a moment"


def lines(event: StationEvent, width: int | None, glyphs: Glyphs) -> list[str]:  # noqa: PLR0911
    """What to show of an event, safe for a terminal."""
    match event:
        case StationsListed():
            return _stations(event, width, glyphs)
        case TunedIn(_, _, station):
            return [f"Tuned in to {safe(station)}."]
        case SongHeard(_, station, song):
            return [f"Now on {safe(station)}: {song_words(song)}"]
        case Missed(_, station, missed_ms):
            if missed_ms is None:
                return [f"{safe(station)} has begun anew; it goes on with what it plays now."]
            return [
                f"Missed {_about(missed_ms)} of {safe(station)}; it goes on near the live edge."
            ]
        case SongRequested():
            return [_asked(event)]
        case RequestsListed():
            return _requests(event, width, glyphs)
        case OnAirNow():
            return _now(event)
        case Voted():
            return [_voted(event)]


def song_words(song: SongOnAir) -> str:
    """Title, artist, and who asked for it."""
    by = f" (requested by {safe(song.by)})" if song.by else ""
    return f"{_title(song.title, song.artist)}{by}"


def status_words(status: StationStatus) -> str:
    """How the station is heard, in a sentence."""
    parts = [distance_words(status)]
    if status.drift is not None:
        parts.append(f"drift {status.drift:+d} ppm")
    parts.append(_fed_words(status))
    if status.relay.children:
        rate = f"{status.relay.rate * 8 / 1000:.0f} kbit/s"
        parts.append(f"feeds {_listeners(status.relay.children)}, {rate}")
    return ", ".join(part for part in parts if part)


def _fed_words(status: StationStatus) -> str:
    if not status.feeder:
        return "fed by the server"
    return f"fed by listener {status.feeder} ({status.relay.depth} away from the server)"


def _title(title: str, artist: str) -> str:
    return f"{safe(title)} by {safe(artist)}" if artist else safe(title)


def _about(ms: int) -> str:
    seconds = max(1, round(ms / 1000))
    return f"{seconds} s" if seconds < 100 else clock_words(ms)


def _stations(event: StationsListed, width: int | None, glyphs: Glyphs) -> list[str]:
    if not event.stations:
        return [NO_STATIONS]
    rows = [
        (
            safe(line.station),
            str(line.listeners) if width is None else _listeners(line.listeners),
            _title(line.title, line.artist) if line.title else "",
        )
        for line in event.stations
    ]
    return _table(rows, width, glyphs, numbers=(1,))


def _listeners(count: int) -> str:
    return f"{count} {'listener' if count == 1 else 'listeners'}"


def _asked(event: SongRequested) -> str:
    title = _title(event.track.title, event.track.artist)
    when = f"in about {clock_words(event.starts_in_ms)}"
    if event.already:
        return f"It is already in the list, as number {event.place}: {title} plays {when}."
    place = "next" if event.place == NEXT else f"as number {event.place}"
    return f"Requested: {title} plays {place}, {when}."


def _requests(event: RequestsListed, width: int | None, glyphs: Glyphs) -> list[str]:
    if not event.requests:
        if event.total:
            return [f"Only {event.total} songs are in the list."]
        return [f"Nobody has requested a song on {safe(event.station)}; `request` does."]
    rows = [
        (
            str(line.place),
            _title(line.title, line.artist),
            clock_words(line.duration_ms),
            f"in {clock_words(line.starts_in_ms)}",
            f"for {safe(line.by)}" if line.by else "",
        )
        for line in event.requests
    ]
    shown = _table(rows, width, glyphs, numbers=(0, 2, 3))
    last = event.requests[-1].place
    if last < event.total:
        shown.append(f"{event.total - last} more songs wait; `requests {last + 1}` shows them.")
    return shown


def _now(event: OnAirNow) -> list[str]:
    song = event.song
    times = f"{clock_words(event.elapsed_ms)} of {clock_words(song.duration_ms)}"
    votes = ""
    if event.votes:
        votes = f"; {event.votes} of {event.needed} votes to skip it"
    first = f"On the air on {safe(event.station)}: {song_words(song)}, {times}."
    return [first, f"{_listeners(event.listeners)}{votes}."]


def _voted(event: Voted) -> str:
    if event.skipped:
        seconds = event.behind_ms / 1000
        when = f" in about {seconds:.0f} s" if seconds >= _LONG else " in a moment"
        return f"Skipped: the next song is heard{when}."
    if event.votes == 0:
        return "The song that you hear is over on the air already."
    missing = event.needed - event.votes
    more = f"{missing} more {'skips' if missing == 1 else 'skip'} the song"
    return f"{event.votes} of {event.needed} votes: {more}."


def _table(
    rows: Sequence[Sequence[str]], width: int | None, glyphs: Glyphs, *, numbers: tuple[int, ...]
) -> list[str]:
    """Columns beside each other, `numbers` flush right, cut at `width`; with tabs where None."""
    if width is None:
        return ["\t".join(row) for row in rows]
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    shown: list[str] = []
    for row in rows:
        cells = [
            fill_left(cell, room) if at in numbers else fill(cell, room, mark=glyphs.cut)
            for at, (cell, room) in enumerate(zip(row, widths, strict=True))
        ]
        shown.append(cut("  ".join(cells).rstrip(), width, mark=glyphs.cut))
    return shown
