# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs in the engine's thread: steps of the conversation, and what they want done."""

from collections.abc import Callable
from functools import partial
from typing import Final, assert_never

import gevent
from gevent.event import Event

from client.clock import clock
from client.conversation import Conversation
from client.dial import Address, Watcher, dial, dial_again, dial_first
from client.effects import (
    BeginSong,
    Close,
    Connect,
    Effect,
    Feed,
    FinishBuffer,
    Hold,
    Line,
    Load,
    LoadProgramme,
    OpenGate,
    Release,
    Send,
    Silence,
    Slip,
    Tell,
)
from client.link import Link, reading_room
from client.player import Player
from client.playout import PlayoutBuffer
from client.radio.programme import Programme
from client.relay.household import Household
from client.reports import Disconnected, Notice, Report
from client.security import Security
from client.settings import Settings
from client.snapshot import Snapshot
from common.constants import LINGER

# Something happened; given the time, the conversation says what to do about it.
Step = Callable[[float], list[Effect]]

SLACK: Final = 0.001  # seconds; a timer that fires a moment early must not fire twice


class Workings:
    """The hub's side of the engine. Made and used in the engine's thread alone.

    Attributes:
        snapshot: how things stand after the latest step, also for who is told of it.
    """

    def __init__(
        self,
        settings: Settings,
        conversation: Conversation,
        sound: Player,
        *,
        on_report: Callable[[Report], None],
        post: Callable[[Step], None],
        household: Household | None = None,
    ) -> None:
        """`post` hands a step from any thread to this one; `household` is the conversation's."""
        self.snapshot: Snapshot = conversation.snapshot(now=clock())
        self._settings = settings
        self._security = None
        if settings.trust is not None:
            self._security = Security(settings.trust, host=settings.host, server=settings.server)
        self._conversation = conversation
        self._player = sound
        self._on_report = on_report
        self._post = post
        self._household = household
        self._links: dict[Line, Link] = {}
        self._open_links: set[Link] = set()  # lingering ones too
        self._room = reading_room()
        self._server: Address | None = None  # where control was reached
        self._buffer: PlayoutBuffer | Programme = PlayoutBuffer(0)
        self._song = 0
        self._timer: Watcher | None = None
        self._timer_at: float | None = None
        self._over = Event()
        self._fault: Exception | None = None

    def run(self) -> None:
        """Connect, and return when Disconnected was reported and the last words were sent.

        Raises whatever a step raised: that is a defect here.
        """
        if self._household is not None:
            self._household.open(self._among_listeners, room=self._room)
        self.step(lambda _: self._conversation.start())
        self._over.wait()
        if self._household is not None:
            self._household.close()
        if self._fault is not None:
            raise self._fault
        self._over.clear()
        if self._open_links:
            self._over.wait(LINGER)

    def step(self, step: Step) -> None:
        """Work on one thing that happened."""
        if self._fault is not None:
            return
        now = clock()
        try:
            if isinstance(self._buffer, Programme):
                buffer = self._buffer
                self._conversation.holds(self._song, buffer.seconds, buffer.level)
            else:
                self._conversation.took(self._song, self._buffer.consumed)
            effects = step(now)
            # First, for who is told of something may look at once how things stand.
            self.snapshot = self._conversation.snapshot(now=now)
            for effect in effects:
                self._carry_out(effect)
            if self._household is not None:
                self._household.work(self._notice, now=now)
            self._arm(now)
        except Exception as fault:  # noqa: BLE001 - `run` raises it; a callback has no caller
            self._fault = fault
            self._over.set()

    def _carry_out(self, effect: Effect) -> None:  # noqa: PLR0912 - one branch an effect
        match effect:
            case Feed(audio):
                self._buffer.append(audio)
            case Send(line, data):
                if (link := self._links.get(line)) is not None:
                    link.send(data)
            case Tell(report):
                self._on_report(report)
                if isinstance(report, Disconnected):
                    self._over.set()
            case Connect(line, port):
                self._connect(line, port)
            case Close(line, linger):
                if (link := self._links.pop(line, None)) is not None:
                    link.close(linger=linger)
            case Load(song, capacity, cuts):
                dry = partial(self._post, partial(self._ran_dry, song))
                self._song, self._buffer = song, PlayoutBuffer(capacity, dry)
                self._player.play(song, self._buffer, cuts)
            case LoadProgramme(station, capacity):
                dry = partial(self._post, partial(self._ran_dry, station))
                self._song, self._buffer = station, Programme(capacity, dry)
                self._player.tune(station, self._buffer)
            case BeginSong(number, cuts, total_bytes, joins_at) if self._programme is not None:
                self._programme.begin_song(number, cuts, total_bytes=total_bytes, joins_at=joins_at)
            case Slip(frames) if self._programme is not None:
                self._programme.slip(frames)
            case BeginSong() | Slip():
                pass  # of a station that is over
            case OpenGate():
                self._buffer.open()
            case FinishBuffer():
                self._buffer.finish()
            case Silence():
                self._player.stop()
            case Hold():
                self._player.pause()
            case Release():
                self._player.resume()
            case _:
                assert_never(effect)

    @property
    def _programme(self) -> Programme | None:
        return self._buffer if isinstance(self._buffer, Programme) else None

    def _ran_dry(self, song: int, now: float) -> list[Effect]:
        return self._conversation.ran_dry(song, now=now)

    def _among_listeners(self, step: Callable[[float], None]) -> None:
        self.step(lambda now: self._conversation.among_listeners(step, now=now))

    def _notice(self, text: str) -> None:
        self._on_report(Notice(text))

    def _connect(self, line: Line, port: int | None) -> None:
        timeout = self._settings.connect_timeout
        if self._server is not None and port is not None:
            # RFC.md, "Two Channels": on the address that was used for control.
            opener = partial(dial_again, self._server, port, timeout=timeout)
        else:
            first = self._server is None
            host = self._settings.host
            port = port or self._settings.port
            opener = partial(dial_first if first else dial, host, port, timeout=timeout)
        secure = None
        if self._security is not None:
            secure = partial(self._security.shake_hands, timeout=timeout)
        owner = _Owner(self, self._conversation, line)
        link = Link(opener, owner, gone=self._link_gone, room=self._room, secure=secure)
        self._links[line] = link
        self._open_links.add(link)

    def control_reached(self) -> bool:
        """The control connection is open: remember where. Whether nobody else can read it."""
        link = self._links.get(Line.CONTROL)
        self._server = link.peer if link is not None else None
        return link is not None and link.is_private

    def _link_gone(self, link: Link) -> None:
        self._open_links.discard(link)
        if self._conversation.ended and not self._open_links:
            self._over.set()

    def _arm(self, now: float) -> None:
        """See to it that the conversation is called at its deadline.

        A timer that is set to an earlier time is left alone: what it finds is nothing to do, and
        that is cheaper than to set it anew for every byte that arrives.
        """
        deadline = self._conversation.deadline()
        if deadline is None or (self._timer_at is not None and self._timer_at <= deadline):
            return
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
        wait = max(0.0, deadline - now) + SLACK
        self._timer, self._timer_at = gevent.get_hub().loop.timer(wait), deadline
        self._timer.start(self._ring)

    def _ring(self) -> None:
        if self._timer is not None:
            self._timer.close()
        self._timer, self._timer_at = None, None
        self.step(lambda now: self._conversation.tick(now=now))


class _Owner:
    """Turns what happens on one connection into steps."""

    def __init__(self, workings: Workings, conversation: Conversation, line: Line) -> None:
        self._workings = workings
        self._conversation = conversation
        self._is_control = line is Line.CONTROL

    def connected(self) -> None:
        talk = self._conversation
        if self._is_control:
            is_private = self._workings.control_reached()
            self._workings.step(lambda now: talk.control_connected(is_private=is_private, now=now))
        else:
            self._workings.step(lambda now: talk.data_connected(now=now))

    def received(self, data: bytes) -> None:
        talk = self._conversation
        take = talk.control_received if self._is_control else talk.data_received
        self._workings.step(lambda now: take(data, now=now))

    def failed(self, reason: str) -> None:
        talk = self._conversation
        take = talk.control_failed if self._is_control else talk.data_failed
        self._workings.step(lambda now: take(reason, now=now))
