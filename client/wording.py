# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentences: what an event says to a person, in lines. Pure."""

from textwrap import wrap
from typing import Final

from client.answers import (
    CommandFailed,
    Did,
    Event,
    Help,
    Matches,
    Page,
    Playing,
    StatusShown,
    Tracks,
)
from client.language import COMMANDS, Row
from client.render import (
    Glyphs,
    mark_words,
    rate_words,
    state_words,
    table,
    time_words,
    title_words,
    wait_words,
)
from client.reports import (
    Activity,
    Connected,
    Continued,
    Disconnected,
    Finished,
    LinkBack,
    LinkLost,
    Notice,
    SongFailed,
    Stalled,
    Started,
    Status,
)
from client.safe_text import safe
from client.times import clock_words
from client.tuning import wording as tuning
from client.tuning.reports import Missed

# What a person can do about it, where the reason alone leaves that open.
_REMEDIES: Final[dict[str, str]] = {
    "NO_SUCH_TRACK": "`list` shows what there is now.",
    "UNREADABLE": "`list` shows what else there is.",
    "BUSY": "Try again in a moment.",
}
_NOT_INTACT: Final = (
    "Some of what was heard is not what the server had announced; `play` gets the song anew."
)
_LINE: Final = 80  # columns of a line of the help, at most
_NARROW: Final = 20  # columns; text in fewer cannot be read
_TROUBLE: Final = (
    CommandFailed,
    Matches,
    SongFailed,
    Stalled,
    Continued,
    LinkLost,
    LinkBack,
    Notice,
    Disconnected,
    Missed,
)


def is_trouble(event: Event) -> bool:
    """Whether the event belongs on standard error in a script."""
    if isinstance(event, Finished):
        return event.intact is False
    return isinstance(event, _TROUBLE)


def lines(  # noqa: PLR0911, PLR0912 - a case a kind; the type checkers see that none is missing
    event: Event, width: int | None, glyphs: Glyphs
) -> list[str]:
    """What to show of an event, safe for a terminal; nothing where the status line says it.

    Only tables and the help are fitted to `width`; a terminal breaks sentences as it likes.
    """
    match event:
        case Page(tracks):
            return table(tracks, width, glyphs)
        case Tracks():
            return _tracks(event, width, glyphs)
        case Matches(title, total, tracks, for_request):
            more = "" if total <= len(tracks) else f" (the first {len(tracks)} are shown)"
            does = "`request NUMBER` asks for one" if for_request else "`play NUMBER` plays one"
            return [
                f"{total} tracks match “{safe(title)}”{more}; {does}:",
                *table(tracks, width, glyphs),
            ]
        case Playing(_, track, start_ms, sought):
            if sought:
                return [f"On from {clock_words(start_ms)}."]
            place = f", from {clock_words(start_ms)}" if start_ms else ""
            duration = clock_words(track.duration_ms)
            return [f"{track.track}: {title_words(track)} ({duration}){place}"]
        case Did.STOPPED:
            return ["Stopped."]
        case Did.PAUSED:
            return ["Paused; `resume` goes on."]
        case Did.RESUMED:
            return ["On again."]
        case Did.HURRIED:
            return ["No more waiting: it plays what has arrived."]
        case StatusShown(status):
            return _status(status, width)
        case Help(rows):
            return _help(rows, width)
        case CommandFailed(code, reason):
            return [safe(with_remedy(code, reason))]
        case Connected(server, resumed):
            return [f"{'Connected again to' if resumed else 'Connected to'} {safe(server)}."]
        case Started():
            return []
        case Stalled():
            return ["The sound waits for the network."]
        case Continued(_, stalled_ms):
            return [f"The song goes on, after {stalled_ms / 1000:.1f} s."]
        case Finished(_, intact):
            if intact is False:
                return [_NOT_INTACT]
            return ["The song is over."]
        case SongFailed(_, code, reason):
            return [f"The song ends here: {safe(with_remedy(code, reason))}"]
        case LinkLost(reason, retry_in_s):
            when = f" in {retry_in_s:.2g} s" if retry_in_s > 0 else ""
            return [f"Link lost: {safe(reason)} Trying again{when}."]
        case LinkBack():
            return ["The link is back."]
        case Notice(text):
            return [safe(text)]
        case Disconnected(reason, error):
            return [safe(reason)] if error else []
        case _:
            return tuning.lines(event, width, glyphs)


def _tracks(page: Tracks, width: int | None, glyphs: Glyphs) -> list[str]:
    still = "The server is still looking through its folder; there may be more soon."
    if not page.tracks and page.shown == 0:
        if page.query:
            first = f"No track matches “{safe(page.query)}”."
        elif page.of_station:
            first = "There are no songs to ask for."
        else:
            first = "There are no tracks on this server."
        return [first, still] if page.scanning else [first]
    shown = table(page.tracks, width, glyphs)
    if page.more:
        search = "songs TEXT" if page.of_station else "list TEXT"
        shown.append(f"{page.shown} of {page.total} tracks; `more` goes on, `{search}` searches.")
    if page.scanning:
        shown.append(still)
    return shown


def _status(status: Status, width: int | None) -> list[str]:
    words = state_words(status)
    if status.station is not None and status.track is None:
        first = f"{words}: {safe(status.station.name)}"
        if status.received or not status.linked:
            return [first]
        return [first, "Nothing of it has come yet; `now` says whether it has a song to play."]
    if status.track is None or status.activity is Activity.STOPPED:
        return [words]
    if status.station is None:
        first = f"{words}: {status.track.track}: {title_words(status.track)}"
    else:
        first = f"{words}: {title_words(status.track)}, on {safe(status.station.name)}"
    second = f"{time_words(status)}, arrived up to {clock_words(int(status.buffered_to * 1000))}"
    if status.rate is not None:
        second += f", {rate_words(status.rate)}"
    if status.stalls:
        second += f", {status.stalls} {'stall' if status.stalls == 1 else 'stalls'}"
    if status.station is not None:
        return [first, second, tuning.status_words(status.station)]
    if status.mark is None:
        return [first, second]
    when = f"It {wait_words(status) or 'waits'}: {mark_words(status)} of sound are at hand"
    now = f"`play --now` {'goes on' if status.stalls else 'starts it'} now."
    return [first, second, *_wrapped(f"{when}; {now}", width)]


def _help(rows: tuple[Row, ...], width: int | None) -> list[str]:
    if len(rows) == 1:
        (row,) = rows
        also = f" (also: {', '.join(row.aliases)})" if row.aliases else ""
        return [
            *_wrapped(f"{row.usage}{also}", width, behind="    "),
            *_wrapped(row.summary, width, before="  "),
            *_wrapped(row.details, width, before="  "),
        ]
    longest = max(len(row.usage) for row in COMMANDS)
    behind = " " * (longest + 2)
    return [
        *(
            line
            for row in rows
            for line in _wrapped(
                row.summary, width, before=f"{row.usage:<{longest}}  ", behind=behind
            )
        ),
        "",
        *_wrapped(
            "Tab completes commands and titles. Ctrl-C stops the song and empties the line,"
            " Ctrl-D quits.",
            width,
        ),
        *_wrapped(
            "A command may be shortened as far as it stays clear; `help COMMAND` says more.", width
        ),
    ]


def _wrapped(
    text: str, width: int | None, *, before: str = "", behind: str | None = None
) -> list[str]:
    """`text` broken between words, with `before` in the first line and `behind` in the others."""
    columns = min(width or _LINE, _LINE)
    behind = before if behind is None else behind
    if columns - len(behind) < _NARROW:
        text, before, behind = f"{before.rstrip()}  {text}", "", "  "
    return wrap(
        text,
        max(columns, _NARROW),
        initial_indent=before,
        subsequent_indent=behind,
        break_on_hyphens=False,
    )


def with_remedy(code: str, reason: str) -> str:
    """`reason`, with what a person can do about an error of this code behind it."""
    remedy = _REMEDIES.get(code)
    return f"{reason} {remedy}" if remedy else reason
