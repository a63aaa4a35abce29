# SPDX-License-Identifier: GPL-3.0-or-later
"""The lists and searches of a dialogue: which pages are asked for, and what is on them. Pure.

A page is passed on as it comes and then forgotten: a list may be as long as it likes, or as long as
a server that never ends it likes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from client.answers import Matches, Page, Tracks
from client.reports import Listed, TrackLine
from client.requests import ListTracks
from client.tuning.sentences import NO_SUCH_SONG
from client.turn import Turn, failed

PAGE: Final = 100  # tracks
SHOWN_MATCHES: Final = 10  # tracks
# Tracks that a list may have beyond the highest Total of its pages: the library may change while
# they are read, and a track that came and one that went cancel out in a Total.
SURPLUS: Final = 1000
MOST_LISTED: Final = 1_000_000  # tracks of one list, whatever its Total


@dataclass(frozen=True, slots=True)
class _Listing:
    """A list under way."""

    query: str
    of_station: bool = False
    after: int = 0  # id of the last track shown
    shown: int = 0  # tracks
    announced: int = 0  # tracks, by the highest Total so far


@dataclass(frozen=True, slots=True)
class _Search:
    """`play TITLE` or `request`, which asks for a page to find its track on."""

    title: str
    number: int = 0  # the track, where it is not looked for by its title
    at_once: bool = False  # with `--now`
    asks: bool = False  # for `request`


@dataclass(frozen=True, slots=True)
class Found:
    """The track that a search means, which is to be played, or the station is asked for it."""

    track: TrackLine
    at_once: bool
    asks: bool = False


class Paging:
    """Asks for pages and takes the answers."""

    def __init__(self, next_tag: Callable[[], int], *, whole: bool) -> None:
        """`whole`: a list goes on by itself to its end, instead of a page at a time."""
        self._next_tag = next_tag
        self._whole = whole
        self._open: dict[int, _Listing | _Search] = {}
        self._following: _Listing | None = None  # what `more` shows

    @property
    def is_open(self) -> bool:
        """Whether an answer is waited for."""
        return bool(self._open)

    def browse(self, query: str, *, of_station: bool = False) -> Turn:
        """Show the tracks that match."""
        return self._ask(_Listing(query, of_station))

    def more(self) -> Turn:
        """Show the next page of the latest list."""
        if self._following is None:
            return failed("There is no more to show. `list` starts from the top.")
        return self._ask(self._following)

    def search(self, title: str, *, at_once: bool = False, asks: bool = False) -> Turn:
        """Find the track that these words mean; for `request` where the station is asked for it."""
        tag = self._next_tag()
        self._open[tag] = _Search(title, at_once=at_once, asks=asks)
        return Turn(requests=(ListTracks(tag, query=title, limit=PAGE, of_station=asks),))

    def find(self, track: int) -> Turn:
        """Find the track with this id among the station's, for `request`."""
        tag = self._next_tag()
        self._open[tag] = _Search("", number=track, asks=True)
        return Turn(requests=(ListTracks(tag, after=track - 1, limit=1, of_station=True),))

    def forget_search(self) -> None:
        """The latest word on what plays counts: a search under way must not overrule it."""
        for tag, what in list(self._open.items()):
            if isinstance(what, _Search) and not what.asks:
                del self._open[tag]

    def forget(self, tag: int) -> bool:
        """No page will come for this tag; whether one was waited for."""
        return self._open.pop(tag, None) is not None

    def forget_all(self) -> None:
        """Wait for nothing more."""
        self._open.clear()

    def listed(self, page: Listed) -> Turn | Found:
        """What to do about a page; or the track that a search means."""
        what = self._open.pop(page.tag, None)
        match what:
            case _Search():
                return _found(what, page)
            case _Listing():
                return self._page(what, page)
            case None:
                return Turn()

    def _ask(self, listing: _Listing) -> Turn:
        self._following = None
        tag = self._next_tag()
        self._open[tag] = listing
        request = ListTracks(
            tag,
            query=listing.query,
            after=listing.after,
            limit=PAGE,
            of_station=listing.of_station,
        )
        return Turn(requests=(request,))

    def _page(self, listing: _Listing, page: Listed) -> Turn:
        shown = listing.shown + len(page.tracks)
        more = page.more and bool(page.tracks)
        if more:
            listing = replace(
                listing,
                after=page.tracks[-1].track,
                shown=shown,
                announced=max(listing.announced, page.total),
            )
        if more and self._whole:
            return self._go_on(listing, page.tracks)
        if more:
            self._following = listing
        answer = Tracks(
            listing.query,
            page.total,
            shown,
            page.more,
            page.scanning,
            page.tracks,
            of_station=listing.of_station,
        )
        return Turn(events=(answer,), ended=True)

    def _go_on(self, listing: _Listing, tracks: tuple[TrackLine, ...]) -> Turn:
        show = Page(tracks)
        if listing.shown >= listing.announced + SURPLUS:
            end = failed(
                f"The server announced {listing.announced} tracks and does not come to an end:"
                f" only the first {listing.shown} are shown."
            )
        elif listing.shown >= MOST_LISTED:
            end = failed(
                f"Only the first {listing.shown} tracks are shown; `list TEXT` makes it shorter."
            )
        else:
            end = self._ask(listing)
        return replace(end, events=(show, *end.events))


def _found(search: _Search, page: Listed) -> Turn | Found:
    if search.number:
        found = next((track for track in page.tracks if track.track == search.number), None)
        return failed(NO_SUCH_SONG) if found is None else Found(found, at_once=False, asks=True)
    if not page.tracks:
        still = " The server is still looking through its folder." if page.scanning else ""
        if search.asks:
            none = f"There is no such song: nothing matches “{search.title}”."
            return failed(f"{none}{still} `songs` shows what there is.")
        return failed(f"No track matches “{search.title}”.{still} `list` shows what there is.")
    wanted = search.title.casefold()
    named = [track for track in page.tracks if track.title.casefold() == wanted]
    candidates = page.tracks if len(named) != 1 else tuple(named)
    if len(candidates) == 1 and not (page.more and not named):
        return Found(candidates[0], search.at_once, search.asks)
    shown = page.tracks[:SHOWN_MATCHES]
    return Turn(events=(Matches(search.title, page.total, shown, search.asks),), ended=False)
