# SPDX-License-Identifier: GPL-3.0-or-later
"""How the two connections hang together: what the loss or return of one means for all the rest.

Source: RFC.md, "Losing and Resuming" and "ATTACH and ATTACHED".
"""

from client.control_line import ControlLine
from client.data_line import DataLine
from client.effects import Outbox
from client.line_events import Down, LineEvent, Welcomed
from client.lists import Lists
from client.reports import Connected, Disconnected, LinkBack, LinkLost, Notice
from client.sentences import sentence, stopping
from client.tuning.choice import Choice
from client.tuning.desk import Desk
from client.tuning.sentences import NO_STATIONS
from client.verdict import Next
from common.constants import DEAD_AFTER
from common.errors import ErrorCode, ProtocolError
from control.events import Answer
from control.events import Notice as Told
from control.music_messages import List, Play, Stream, Tracks
from control.queue_messages import Entries, Now, OnAir, Queue, Skip, Votes
from control.relay_messages import Parents, Relay, Relaying
from control.session_messages import Drain, Error, Port, Reopen
from control.station_messages import Browse, Enqueue, Enqueued, Stations, Tune, Tuned
from data.connection import ClientEvent
from data.connection_end import Lost
from data.frames import Attached, Fail

ENDED = "The connection to the server has ended."
# The reason why it ended is told right behind.
UNANSWERED = "The connection ended before the answer came."


class Lines:
    """Both connections, and the lists and songs that live on them."""

    def __init__(
        self,
        outbox: Outbox,
        *,
        control: ControlLine,
        data: DataLine,
        choice: Choice,
        lists: Lists,
        desk: Desk,
    ) -> None:
        """Nothing is opened yet."""
        self._outbox = outbox
        self._control = control
        self._data = data
        self._choice = choice
        self._lists = lists
        self._desk = desk
        self._old_server = ""  # that knows nothing of stations
        self._server = ""
        self._dead_after: float = DEAD_AFTER
        self._is_lost = False  # reported, and its return was not yet

    @property
    def are_whole(self) -> bool:
        """Whether nothing is lost."""
        return self._control.is_open and not self._is_lost

    @property
    def are_lost(self) -> bool:
        """Whether something is lost and being looked for."""
        return self._is_lost and not self._control.sleeps

    @property
    def lacks_stations(self) -> bool:
        """Whether the server has shown that it knows nothing of stations."""
        return bool(self._old_server) and self._old_server == self._server

    def hurry(self) -> None:
        """Somebody asks for something: try again now, however long the wait was to be."""
        self._control.dial()
        self._data.hurry()

    def silent_at(self) -> float | None:
        """When the data connection counts as lost, unless something comes."""
        owed_since = self._choice.owed_since
        if owed_since is None or not self._data.is_attached:
            return None
        return owed_since + self._dead_after

    def control_events(self, events: list[LineEvent], *, now: float) -> None:
        """What has come on the control connection."""
        try:
            for event in events:
                match event:
                    case Welcomed():
                        self._welcomed(event, now)
                    case Answer():
                        self._answered(event, now)
                    case Told(Drain() as drain):
                        is_awaited = self._choice.playback.is_awaited
                        words = stopping(drain.until, drain.text, is_awaited=is_awaited)
                        self._outbox.tell(Notice(words))
                        self._choice.hurry(now=now)
                    case Told(Parents() as parents):
                        self._choice.parents(parents, now=now)
                    case Told():
                        pass
                    case Down():
                        self._control_down(event, now)
        except ProtocolError as broken:
            self.give_up(broken, now=now)

    def give_up(self, broken: ProtocolError, *, now: float) -> None:
        """The server broke a rule, on whatever connection: tell it, and end everything."""
        for down in self._control.fail(broken, now=now):
            self._control_down(down, now)

    def data_received(self, data: bytes, *, now: float) -> None:
        """What has come on the data connection; b"" is its end."""
        if data:
            self._control.heard_sound(now=now)
        try:
            for event in self._data.received(data, now=now):
                self._data_event(event, now)
        except ProtocolError as broken:
            self.give_up(broken, now=now)
        self._choice.check(now=now)

    def data_down(self, reason: str, *, now: float) -> None:
        """The data connection is lost, or was not granted."""
        wait = self._data.lost(now=now)
        self._choice.data_lost(now=now)
        self._tell_lost(reason, wait)

    def tick(self, *, now: float) -> None:
        """Let time pass."""
        self.control_events(self._control.tick(now=now), now=now)
        silent_at = self.silent_at()
        if self._data.is_overdue(now=now):
            self.data_down("The server does not answer on the data connection.", now=now)
        elif silent_at is not None and now >= silent_at:
            self.data_down("The sound has stopped coming.", now=now)

    def finish(self, *, now: float) -> None:
        """Do what may be due after any input."""
        if not self._control.is_open:
            return
        self._lists.flush()
        self._desk.flush()
        if self._data.wants_reopen(now=now):
            self._control.request(Reopen())
            self._data.asked()
        self._control.settle(now=now)
        if self._is_lost and self._data.is_attached:
            self._is_lost = False
            self._outbox.tell(LinkBack())

    def _welcomed(self, event: Welcomed, now: float) -> None:
        welcome = event.welcome
        self._dead_after = welcome.dead_after
        self._outbox.tell(Connected(welcome.server, welcome.resumed))
        if not welcome.resumed:
            # A data connection of an earlier session brings nothing of this one.
            self._data.shut()
            self._choice.data_lost(now=now)
        self._server = welcome.server
        self._choice.linked(
            welcome.newest_stream,
            session=welcome.session,
            round_trip=event.round_trip,
            now=now,
        )
        if not self._data.is_live:
            self._data.open(welcome.session, welcome.data_port, welcome.ticket)
        # RFC.md, "ATTACH and ATTACHED": in a new session PLAY may come before. In an old one, the
        # server might send into a connection of which it does not know yet that it is lost.
        if self._data.is_attached or not welcome.resumed:
            self._choice.may_ask(now=now)

    def _answered(self, event: Answer, now: float) -> None:
        match event.request, event.message:
            case List() as asked, (Tracks() | Error()) as answer:
                self._lists.answered(asked, answer)
            case (Play() | Tune()) as asked, (Stream() | Tuned() | Error()) as answer:
                self._choice.answered(asked, answer, now=now)
            case Relay() as asked, (Relaying() | Error()) as answer:
                self._choice.tuning.reception.relaying(asked, answer, now=now)
            case (
                (Browse() | Enqueue() | Queue() | Now() | Skip()) as asked,
                (Stations() | Enqueued() | Entries() | OnAir() | Votes() | Error()) as answer,
            ):
                self._desk.answered(asked, answer)
            case Reopen(), Port() as port:
                self._data.open(self._control.session, port.data_port, port.ticket)
            case Reopen(), Error() as error:
                self.data_down(sentence(error.code, error.text), now=now)
            case _:
                return  # an ERROR for a STOP or CREDIT that crossed something on its way

    def _control_down(self, down: Down, now: float) -> None:
        verdict = down.verdict
        if verdict.next in {Next.GIVE_UP, Next.LEFT}:
            self._lists.drop(UNANSWERED)
            self._desk.drop(UNANSWERED)
            self._data.shut()
            self._choice.end(UNANSWERED, now=now)
            is_error = verdict.next is Next.GIVE_UP
            self._outbox.tell(Disconnected(verdict.reason, is_error))
            return
        if verdict.is_old:
            self._old_server = self._server
            self._choice.has_no_stations(now=now)
            self._desk.drop(NO_STATIONS, ErrorCode.NO_SUCH_STATION.name)
        resumes = verdict.next is Next.RESUME and not verdict.is_old
        self._lists.lost(UNANSWERED, resumes=resumes)
        self._desk.lost(UNANSWERED)
        if verdict.next is Next.RESUME:
            self._data.control_lost()
        else:
            self._data.shut()
            self._choice.data_lost(now=now)
        self._choice.control_lost(now=now)
        if not verdict.is_old:
            self._tell_lost(verdict.reason, down.retry_in)

    def _data_event(self, event: ClientEvent, now: float) -> None:
        match event:
            case Attached():
                if self._control.is_open:
                    self._choice.may_ask(now=now)
            case Fail(stream=0):
                self.data_down(sentence(event.code, event.text), now=now)
            case Lost():
                self.data_down("The server closed the data connection.", now=now)
            case _:
                self._choice.frame(event, now=now)

    def _tell_lost(self, reason: str, retry_in: float | None) -> None:
        self._is_lost = True
        if retry_in is None:
            self._outbox.tell(Notice(f"{reason} The next command connects again."))
        else:
            self._outbox.tell(LinkLost(reason, retry_in))
