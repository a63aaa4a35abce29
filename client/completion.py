# SPDX-License-Identifier: GPL-3.0-or-later
"""The Tab key: commands from the table, titles from the server, asked each time."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from typing import Final

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from client.language import COMMANDS, NOW, CommandError, find
from client.reports import Listed, Refused, Report, TrackLine
from client.requests import EngineRequest, ListTracks
from client.safe_text import safe
from client.times import clock_words
from client.tuning.reports import StationLine, StationsListed
from client.tuning.requests import BrowseStations
from common.constants import MAX_TEXT
from common.text import forbidden_character

PATIENCE: Final = 1.0  # seconds; a menu that comes later surprises
MOST: Final = 50  # titles in one menu


class TitleLookup:
    """Asks the server for titles and stations, beside the dialogue and without getting in its way.

    Its tags are negative, the dialogue's positive, so neither takes the other's answers. Lives in
    the event loop; only `submit` leaves it.
    """

    def __init__(self, submit: Callable[[EngineRequest], None], patience: float = PATIENCE) -> None:
        self._submit = submit
        self._patience = patience  # seconds
        self._tag = 0
        self._open: dict[int, asyncio.Future[Listed | StationsListed | Refused]] = {}

    async def titles(self, text: str, *, of_station: bool = False) -> tuple[TrackLine, ...]:
        """Tracks that match `text`; none where the server cannot say so soon enough."""
        if forbidden_character(text) is not None or len(text.encode()) > MAX_TEXT:
            return ()
        answer = await self._ask(
            lambda tag: ListTracks(
                tag, query=text, limit=MOST, may_wait=False, of_station=of_station
            )
        )
        return answer.tracks if isinstance(answer, Listed) else ()

    async def stations(self) -> tuple[StationLine, ...]:
        """The stations; none where the server cannot say so soon enough."""
        answer = await self._ask(BrowseStations)
        return answer.stations if isinstance(answer, StationsListed) else ()

    async def _ask(
        self, request: Callable[[int], EngineRequest]
    ) -> Listed | StationsListed | Refused | None:
        self._tag -= 1
        tag = self._tag
        self._open[tag] = asyncio.get_running_loop().create_future()
        self._submit(request(tag))
        try:
            async with asyncio.timeout(self._patience):
                return await self._open[tag]
        except TimeoutError:
            return None
        finally:
            # Also where the person typed on, so that nobody waits for the answer any more.
            del self._open[tag]

    def takes(self, report: Report) -> bool:
        """Whether `report` answered a lookup; it is nobody else's business then."""
        if not isinstance(report, Listed | StationsListed | Refused) or report.tag >= 0:
            return False
        answer = self._open.get(report.tag)
        if answer is not None and not answer.done():
            answer.set_result(report)
        return True


def command_completions(text: str) -> list[Completion]:
    """The commands that begin with `text`."""
    return [
        Completion(row.name, -len(text), display=row.usage, display_meta=row.summary)
        for row in COMMANDS
        if row.name.startswith(text.lower())
    ]


def title_completions(text: str, tracks: Sequence[TrackLine]) -> list[Completion]:
    """What `play` can be given instead of `text`; each means exactly the track that it shows."""
    titles = Counter(track.title.casefold() for track in tracks)
    return [
        Completion(
            _argument(track, unique=titles[track.title.casefold()] == 1),
            -len(text),
            display=safe(track.title),
            display_meta=f"{safe(track.artist)} {clock_words(track.duration_ms)}".strip(),
        )
        for track in tracks
    ]


def station_completions(text: str, stations: Sequence[StationLine]) -> list[Completion]:
    """The stations whose names begin with `text`."""
    return [
        Completion(
            line.station,
            -len(text),
            display=safe(line.station),
            display_meta=f"{line.listeners} listening, {safe(line.title)}".rstrip(", "),
        )
        for line in stations
        if line.station.casefold().startswith(text.casefold())
    ]


def _argument(track: TrackLine, *, unique: bool) -> str:
    """The title if it is a name for just this track that can be typed, else the number."""
    title = track.title
    if not unique or safe(title) != title or " ".join(title.split()) != title:
        return str(track.track)
    if title.isdigit() or title[0] in "\"'":
        return f'"{title}"'
    return title


class CommandCompleter(Completer):
    """Completes the first word, titles behind `play` and `request`, names behind `tune`."""

    def __init__(self, lookup: TitleLookup) -> None:
        self._lookup = lookup

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """What can be said without the server."""
        del complete_event
        word, space, rest = document.text_before_cursor.lstrip().partition(" ")
        if not space:
            return command_completions(word)
        rest = rest.lstrip()
        if _means(word, "help"):
            return command_completions(rest)
        if _means(word, "play") and rest and NOW.startswith(rest):
            return [Completion(NOW, -len(rest), display_meta="start with what there is")]
        return []

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """The same, and the titles that the server finds."""
        for completion in self.get_completions(document, complete_event):
            yield completion
        word, space, rest = document.text_before_cursor.lstrip().partition(" ")
        if space and _means(word, "play"):
            text = rest.lstrip()
            if text.startswith(f"{NOW} "):
                text = text.removeprefix(NOW).lstrip()
            for completion in title_completions(text, await self._lookup.titles(text.strip())):
                yield completion
        elif space and _means(word, "request"):
            text = rest.lstrip()
            found = await self._lookup.titles(text.strip(), of_station=True)
            for completion in title_completions(text, found):
                yield completion
        elif space and _means(word, "tune"):
            text = rest.lstrip()
            for completion in station_completions(text, await self._lookup.stations()):
                yield completion


def _means(word: str, name: str) -> bool:
    try:
        return find(word).name == name
    except CommandError:
        return False
