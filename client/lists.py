# SPDX-License-Identifier: GPL-3.0-or-later
"""The LISTs of one client: sent, answered, and those that wait for a connection."""

from collections.abc import Callable

from client.effects import Outbox
from client.reports import Listed, Refused, TrackLine
from client.requests import ListTracks
from client.sentences import sentence
from common.errors import code_name
from control.music_messages import List, Tracks
from control.session_messages import Error

MOST_OPEN = 64  # waiting and unanswered
MOST_TRACKS = 0xFFFF  # a LIST can ask for


class Lists:
    """Answers every ListTracks with Listed or Refused."""

    def __init__(
        self, outbox: Outbox, ask: Callable[[List], None], station: Callable[[], str]
    ) -> None:
        """`ask` sends a request; `station` names the one that is tuned in, "" where none is."""
        self._outbox = outbox
        self._ask = ask
        self._station = station
        self._waiting: list[ListTracks] = []
        self._asked: list[tuple[List, ListTracks]] = []
        self._again: set[int] = set()  # the tags of those that are asked a second time

    def keep(self, request: ListTracks) -> bool:
        """Send it when `flush` is called; False where that is refused."""
        if len(self._waiting) + len(self._asked) >= MOST_OPEN:
            self._refuse(request.tag, "Too many lists are being waited for already.")
            return False
        self._waiting.append(request)
        return True

    def flush(self) -> None:
        """The link is open: send what waits."""
        waiting, self._waiting = self._waiting, []
        for request in waiting:
            station = self._station() if request.of_station else ""
            limit = max(1, min(request.limit, MOST_TRACKS))
            message = List(request.after, limit, request.query, station)
            try:
                self._ask(message)
            except ValueError as misfit:
                self._refuse(request.tag, f"The server cannot be asked for that: {misfit}.")
            else:
                self._asked.append((message, request))

    def answered(self, request: List, answer: Tracks | Error) -> None:
        """TRACKS or ERROR has come."""
        # Two equal requests are two: what counts is which object was answered.
        at = next(at for at, (asked, _) in enumerate(self._asked) if asked is request)
        tag = self._asked.pop(at)[1].tag
        self._again.discard(tag)
        if isinstance(answer, Error):
            self._refuse(tag, sentence(answer.code, answer.text), code_name(answer.code))
            return
        tracks = tuple(
            TrackLine(entry.track, entry.duration, entry.title, entry.artist, entry.album)
            for entry in answer.tracks
        )
        self._outbox.tell(Listed(tag, answer.total, answer.more, answer.scanning, tracks))

    @property
    def are_of_stations(self) -> bool:
        """Whether a list of a station's songs is under way."""
        return any(message.station for message, _ in self._asked)

    def lost(self, reason: str, *, resumes: bool = False) -> None:
        """The connection is gone: no answer will come. What waits goes on waiting.

        Where the next one `resumes`, what was asked once is asked again, as it changes nothing; but
        no more than that, lest it be what ends the connections.
        """
        asked, self._asked = self._asked, []
        again: list[ListTracks] = []
        for _, request in asked:
            if resumes and request.tag not in self._again:
                self._again.add(request.tag)
                again.append(request)
            else:
                self._again.discard(request.tag)
                self._refuse(request.tag, reason)
        self._waiting[:0] = again

    def drop(self, reason: str) -> None:
        """Nothing will ever be asked again."""
        self.lost(reason)
        waiting, self._waiting = self._waiting, []
        self._again.clear()
        for request in waiting:
            self._refuse(request.tag, reason)

    def _refuse(self, tag: int, reason: str, code: str = "") -> None:
        self._outbox.tell(Refused(tag, code, reason))
