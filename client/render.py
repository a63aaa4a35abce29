# SPDX-License-Identifier: GPL-3.0-or-later
"""The looks of things that have columns: the table of tracks, the bar, the status line. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from client.reports import Activity, Status, TrackLine
from client.safe_text import columns, cut, fill, fill_left, safe
from client.times import clock_words
from client.tuning.reports import StationStatus


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters that are drawn with; each takes one column."""

    played: str
    buffered: str
    rest: str
    cut: str


UNICODE: Final = Glyphs(played="━", buffered="─", rest="·", cut="…")
ASCII: Final = Glyphs(played="#", buffered="=", rest="-", cut="~")


def glyphs_for(encoding: str | None) -> Glyphs:
    """What an output of this encoding can show."""
    try:
        "━─·…“”".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


# ---------------------------------------------------------------- table

_GAP: Final = 2  # columns between two columns
_LEAST: Final = 8  # columns of text; a narrower artist or album tells nothing
_MUCH: Final = 40  # columns of a title that come first; longer ones are rare


def table(tracks: Sequence[TrackLine], width: int | None, glyphs: Glyphs) -> list[str]:
    """A line for each track, in at most `width` columns; None: for no terminal, tabs in between.

    Where not everything fits, the album goes first, then the artist; titles are cut last.
    """
    numbers = [str(track.track) for track in tracks]
    times = [clock_words(track.duration_ms) for track in tracks]
    texts = [
        [safe(track.title) for track in tracks],
        [safe(track.artist) for track in tracks],
        [safe(track.album) for track in tracks],
    ]
    if width is None:
        # Whoever reads a pipe can tell the columns apart, and one long title makes no line longer.
        return ["\t".join(cells) for cells in zip(numbers, *texts, times, strict=True)]
    number_width = max(map(len, numbers), default=1)
    time_width = max(map(len, times), default=4)
    wants = [max(map(columns, column), default=0) for column in texts]
    widths = share(wants, width - number_width - time_width - 2 * _GAP)
    lines: list[str] = []
    for number, time, *cells in zip(numbers, times, *texts, strict=True):
        middle = [
            fill(cell, room, mark=glyphs.cut)
            for cell, room in zip(cells, widths, strict=True)
            if room > 0
        ]
        parts = [fill_left(number, number_width), *middle, fill_left(time, time_width)]
        lines.append((" " * _GAP).join(parts))
    return lines


def share(wants: Sequence[int], room: int) -> list[int]:
    """How many of `room` columns title, artist and album get that want so many; 0: left out."""
    title, artist, album = wants
    artist_width = _part(artist, room - min(title, _MUCH))
    beside = artist_width + _GAP if artist_width else 0
    title_width = max(min(title, room - beside), 1)
    is_cut = title_width < title or artist_width < artist
    album_width = 0 if is_cut else _part(album, room - title_width - beside)
    return [title_width, artist_width, album_width]


def _part(want: int, room: int) -> int:
    """What a text behind the first gets: what there is, or nothing where that is too little."""
    got = min(want, room - _GAP)
    return got if got >= min(want, _LEAST) else 0


# ---------------------------------------------------------------- status line

Fragment = tuple[str, str]  # a style class and a text, as prompt_toolkit takes them

_PLAYED: Final = "class:bar.played"
_BUFFERED: Final = "class:bar.buffered"
_REST: Final = "class:bar.rest"
_STATE: Final = "class:state"
_TROUBLE: Final = "class:trouble"
_PLAIN: Final = ""

_LONGEST_BAR: Final = 40  # columns
_SHORTEST_BAR: Final = 10  # columns
_LEAST_TITLE: Final = 12  # columns


def state_words(status: Status) -> str:
    """The state in words."""
    words: str = status.activity.value
    if status.linked or status.activity is Activity.CONNECTING:
        return words
    return "link lost" if status.activity is Activity.STOPPED else f"{words}, link lost"


_LONG_WAIT: Final = 2.0  # seconds; a shorter one is over before its length is read
_ROUND_ABOVE: Final = 20.0  # seconds from which on a wait is told in steps
_STEP: Final = 5  # seconds
_MINUTES_ABOVE: Final = 100.0  # seconds from which on a wait is told in minutes


def wait_words(status: Status) -> str:
    """When the song will start or go on; empty where that is soon, or nobody can tell."""
    wait = status.wait
    if wait is None or wait < _LONG_WAIT:
        return ""
    if wait < _ROUND_ABOVE:
        length = f"{wait:.0f} s"
    elif wait < _MINUTES_ABOVE:
        length = f"{round(wait / _STEP) * _STEP} s"
    else:
        length = f"{wait / 60:.0f} min"
    return f"{'goes on' if status.stalls else 'starts'} in about {length}"


def mark_words(status: Status) -> str:
    """How much sound is at hand, of how much that it waits for; empty where it does not."""
    if status.mark is None:
        return ""
    at_hand = max(0.0, status.buffered_to - status.position)
    return f"{_sound(at_hand)} of {_sound(max(status.mark, at_hand))} s"


def _sound(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds < 9.95 else f"{seconds:.0f}"


def rate_words(rate: float) -> str:
    """A throughput in bytes per second, as the bits that links are counted in."""
    kilobits = rate * 8 / 1000
    if kilobits < 999.5:
        return f"{kilobits:.0f} kbit/s"
    megabits = kilobits / 1000
    return f"{megabits:.1f} Mbit/s" if megabits < 99.95 else f"{megabits:.0f} Mbit/s"


def title_words(track: TrackLine) -> str:
    """Title and artist."""
    if not track.artist:
        return safe(track.title)
    return f"{safe(track.title)} by {safe(track.artist)}"


def time_words(status: Status) -> str:
    """Position and duration."""
    position = int(status.position * 1000)
    return f"{clock_words(position)} / {clock_words(int(status.duration * 1000))}"


def distance_words(station: StationStatus) -> str:
    """How far behind the live edge a station is heard; empty before it is heard."""
    return "" if station.behind is None else f"{max(0.0, station.behind):.1f} s behind live"


def bar(status: Status, width: int, glyphs: Glyphs) -> list[Fragment]:
    """`width` columns: what was heard, what has arrived, what is still to come."""
    played, arrived = 0, 0
    if status.duration > 0:
        share_played = min(max(status.position / status.duration, 0.0), 1.0)
        share_arrived = min(max(status.buffered_to / status.duration, 0.0), 1.0)
        played = round(share_played * width)
        arrived = max(round(share_arrived * width) - played, 0)
    return [
        (_PLAYED, glyphs.played * played),
        (_BUFFERED, glyphs.buffered * arrived),
        (_REST, glyphs.rest * (width - played - arrived)),
    ]


def status_line(status: Status, width: int, glyphs: Glyphs) -> list[Fragment]:
    """The status line in at most `width` columns.

    Where it is narrow the throughput goes first, then the bar, the times, the title.
    """
    state = state_words(status)
    style = _STATE if status.linked else _TROUBLE
    if status.mark is not None and status.track is not None:
        return _waiting_line(status, style, width, glyphs)
    if status.station is not None and status.track is None:
        waiting = f" {state}  {safe(status.station.name)}"
        return [(style, cut(waiting, width, mark=glyphs.cut))]
    if status.track is None or status.activity is Activity.STOPPED:
        return [(style, cut(f" {state}", width, mark=glyphs.cut))]
    title = title_words(status.track)
    times = time_words(status)
    rate = "" if status.rate is None else rate_words(status.rate)
    if status.station is not None:
        title = f"{safe(status.station.name)}: {title}"
        rate = distance_words(status.station)
    least_title = min(columns(title), _LEAST_TITLE)
    for with_rate, with_bar, with_times in _FORMS:
        used = 1 + len(state) + 2  # a blank in front, two before the title
        used += (2 + len(times)) if with_times else 0
        used += (2 + len(rate)) if with_rate and rate else 0
        least = used + least_title + ((2 + _SHORTEST_BAR) if with_bar else 0)
        if least > width:
            continue
        bar_width = 0
        if with_bar:
            over = width - used - 2 - columns(title)
            bar_width = min(max(over, _SHORTEST_BAR), _LONGEST_BAR)
        room = width - used - ((2 + bar_width) if with_bar else 0)
        line = [(style, f" {state}"), (_PLAIN, "  " + cut(title, room, mark=glyphs.cut))]
        if with_times:
            line.append((_PLAIN, f"  {times}"))
        if with_bar:
            line += [(_PLAIN, "  "), *bar(status, bar_width, glyphs)]
        if with_rate and rate:
            line.append((_PLAIN, f"  {rate}"))
        return line
    return [(style, cut(f" {state}", width, mark=glyphs.cut))]


def _waiting_line(status: Status, style: str, width: int, glyphs: Glyphs) -> list[Fragment]:
    """Why the song waits. Where it is narrow the throughput goes first, then what is at hand."""
    when, mark = wait_words(status), mark_words(status)
    activity = f"{status.activity.value} {mark}"
    link = "" if status.linked else "link lost"
    long = ", ".join(part for part in (activity, when, link) if part)
    rate = "" if status.rate is None else rate_words(status.rate)
    title = "" if status.track is None else title_words(status.track)
    least_title = min(columns(title), _LEAST_TITLE)
    short = when or link or activity
    for head, behind in ((long, f"  {rate}" if rate else ""), (long, ""), (short, "")):
        room = width - 1 - columns(head) - 2 - columns(behind)
        if room >= least_title:
            text = cut(title, room, mark=glyphs.cut)
            return [(style, f" {head}"), (_PLAIN, f"  {text}{behind}")]
    return [(style, cut(f" {short}", width, mark=glyphs.cut))]


# From wide to narrow: with throughput, with bar, with times.
_FORMS: Final = (
    (True, True, True),
    (False, True, True),
    (False, False, True),
    (False, False, False),
)
