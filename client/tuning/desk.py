# SPDX-License-Identifier: GPL-3.0-or-later
"""What a listener asks about stations, and what the server answers; pure.

Everything but TUNE: that is `client.tuning.tuning`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from client.effects import Outbox
from client.reports import Refused
from client.sentences import sentence
from client.tuning.reports import (
    OnAirNow,
    Requested,
    RequestLine,
    RequestsListed,
    SongOnAir,
    StationLine,
    StationReport,
    StationsListed,
    Voted,
)
from client.tuning.requests import (
    AskNow,
    BrowseStations,
    DeskRequest,
    ListRequests,
    RequestSong,
    VoteSkip,
)
from client.tuning.sentences import NO_SONG_YET, NO_STATIONS, NO_SUCH_SONG, NOT_TUNED
from common.errors import ErrorCode, code_name
from control.queue_messages import Entries, Now, OnAir, Queue, Skip, Votes
from control.session_messages import Error
from control.station_messages import Browse, Enqueue, Enqueued, Stations

MOST_OPEN: Final = 64  # waiting and unanswered
MOST_ENTRIES: Final = 0xFFFF  # a QUEUE can ask for

Question = Browse | Enqueue | Queue | Now | Skip
Reply = Stations | Enqueued | Entries | OnAir | Votes

_SENTENCES: Final[dict[tuple[type[Question], int], str]] = {
    (Enqueue, ErrorCode.NO_SUCH_TRACK): NO_SUCH_SONG,
    (Now, ErrorCode.NO_SUCH_TRACK): "The station has no song to play.",
}


@dataclass(frozen=True, slots=True)
class NowHeard:
    """What is tuned in, as far as the questions need it.

    Attributes:
        station: its name.
        song: the number of the song that is heard; 0 before the first one.
        behind_ms: behind the live edge.
    """

    station: str
    song: int = 0
    behind_ms: int = 0


class Desk:
    """Answers every DeskRequest with its report or with Refused."""

    def __init__(
        self,
        outbox: Outbox,
        ask: Callable[[Question], None],
        heard: Callable[[], NowHeard | None],
    ) -> None:
        """`ask` sends a question; `heard`: what is tuned in, or about to be."""
        self._outbox = outbox
        self._ask = ask
        self._heard = heard
        self._waiting: list[DeskRequest] = []
        self._asked: list[tuple[Question, int]] = []  # with the tag

    @property
    def is_open(self) -> bool:
        """Whether an answer is waited for."""
        return bool(self._asked)

    def keep(self, request: DeskRequest) -> bool:
        """Ask it when `flush` is called; False where that is refused."""
        if len(self._waiting) + len(self._asked) >= MOST_OPEN:
            self._refuse(request.tag, "Too many answers are being waited for already.")
            return False
        if self._heard() is None and not isinstance(request, BrowseStations):
            self._refuse(request.tag, NOT_TUNED)
            return False
        self._waiting.append(request)
        return True

    def flush(self) -> None:
        """The link is open: ask what waits."""
        waiting, self._waiting = self._waiting, []
        for request in waiting:
            question = self._question(request)
            if isinstance(question, str):
                self._refuse(request.tag, question)
            else:
                self._ask(question)
                self._asked.append((question, request.tag))

    def answered(self, question: Question, answer: Reply | Error) -> None:
        """The server has answered."""
        # Two equal questions are two: what counts is which object was answered.
        at = next(at for at, (asked, _) in enumerate(self._asked) if asked is question)
        _, tag = self._asked.pop(at)
        if isinstance(answer, Error):
            self._answered_by_error(question, answer, tag)
        else:
            self._outbox.tell(self._report(question, answer, tag))

    def lost(self, reason: str) -> None:
        """The connection is gone: no answer will come. What waits goes on waiting."""
        asked, self._asked = self._asked, []
        for _, tag in asked:
            self._refuse(tag, reason)

    def drop(self, reason: str, code: str = "") -> None:
        """Nothing of it will be answered."""
        tags = [tag for _, tag in self._asked] + [request.tag for request in self._waiting]
        self._asked.clear()
        self._waiting.clear()
        for tag in tags:
            self._refuse(tag, reason, code)

    def _question(self, request: DeskRequest) -> Question | str:
        """The message; or the sentence why there is none."""
        heard = self._heard()
        if isinstance(request, BrowseStations):
            return Browse()
        if heard is None:
            return NOT_TUNED
        match request:
            case RequestSong(_, track):
                return Enqueue(track, heard.station)
            case ListRequests(_, first, limit):
                return Queue(first, max(1, min(limit, MOST_ENTRIES)), heard.station)
            case AskNow():
                return Now(heard.station)
            case VoteSkip():
                return Skip(heard.song, heard.station) if heard.song else NO_SONG_YET

    def _answered_by_error(self, question: Question, error: Error, tag: int) -> None:
        special = _SENTENCES.get((type(question), error.code))
        if isinstance(question, Browse) and error.code == ErrorCode.NO_SUCH_STATION:
            special = NO_STATIONS
        reason = special or sentence(error.code, error.text)
        self._refuse(tag, reason, code_name(error.code))

    def _report(self, question: Question, answer: Reply, tag: int) -> StationReport:
        match question, answer:
            case Enqueue(track), Enqueued():
                return Requested(tag, track, answer.place, answer.starts_in, answer.already)
            case Queue(), Entries():
                return _requests(question, answer, tag)
            case Now(station), OnAir():
                return _on_air(station, answer, tag)
            case _, Votes(skipped, votes, needed):
                heard = self._heard()
                behind_ms = 0 if heard is None else heard.behind_ms
                return Voted(tag, skipped, votes, needed, behind_ms)
            case _, Stations(stations):
                lines = [
                    StationLine(entry.station, entry.listeners, entry.title, entry.artist)
                    for entry in stations
                ]
                return StationsListed(tag, tuple(lines))
            case _:
                raise AssertionError("an answer of another kind than the question's")

    def _refuse(self, tag: int, reason: str, code: str = "") -> None:
        self._outbox.tell(Refused(tag, code, reason))


def _requests(question: Queue, answer: Entries, tag: int) -> RequestsListed:
    lines = [
        RequestLine(
            place,
            entry.track,
            entry.starts_in,
            entry.duration,
            entry.title,
            entry.artist,
            entry.by,
        )
        for place, entry in enumerate(answer.entries, question.first)
    ]
    return RequestsListed(tag, question.station, answer.total, tuple(lines))


def _on_air(station: str, answer: OnAir, tag: int) -> OnAirNow:
    song = SongOnAir(
        answer.song, answer.title, answer.artist, answer.album, answer.duration, answer.by
    )
    return OnAirNow(
        tag,
        station,
        answer.track,
        answer.elapsed,
        answer.listeners,
        answer.votes,
        answer.needed,
        song,
    )
