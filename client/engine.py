# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine as other threads see it: requests in, reports out, a status to be read at any time.

One thread of its own runs the hub with both links and the conversation (`client.workings`);
another one is the player's. They are reached through one queue and one watcher that wakes the hub.
"""

import random
from collections import deque
from collections.abc import Callable
from threading import Lock, Thread
from typing import Protocol

import gevent

from client import player_events
from client.clock import clock
from client.conversation import Conversation
from client.decoder import Decoder, MadDecoder
from client.effects import Effect
from client.feed import ByteSource
from client.player import Player
from client.relay.child import Doctor, honest
from client.relay.household import Household
from client.reports import Disconnected, Report, Status
from client.requests import EngineRequest, Quit
from client.settings import Settings
from client.sinks.sink import Sink
from client.tuning.feeding import ServerAlone
from client.workings import Step, Workings
from data.waiting import StartRule

QUIT_TAG = 0  # of the Quit that `close` asks for


class _Bell(Protocol):
    """What is used of the hub's watcher that other threads may ring."""

    def start(self, callback: Callable[[], None], /) -> None: ...
    def send(self) -> None: ...
    def close(self) -> None: ...


class Engine:
    """Plays what it is asked for and reports; see `client.requests` and `client.reports`.

    `on_report` is called on the engine's thread, one report at a time, and must not take long.
    Behind Disconnected nothing is reported and no request is answered.
    """

    def __init__(
        self,
        settings: Settings,
        sink: Sink,
        on_report: Callable[[Report], None],
        *,
        rule: StartRule | None = None,
        make_decoder: Callable[[ByteSource], Decoder] = MadDecoder,
        chance: Callable[[], float] = random.random,
        doctor: Doctor = honest,
    ) -> None:
        """Takes over `sink`. Nothing runs before `start`.

        `rule` decides when sound starts, `settings.start_rule` by default. `chance` gives
        numbers from 0 up to 1, for the waits between attempts to connect. `doctor` is for those
        who test what a relay that lies comes to.
        """
        self._settings = settings
        self._sink = sink
        self._on_report = on_report
        self._make_decoder = make_decoder
        self._household = None
        if settings.relay is not None:
            self._household = Household(settings.relay, doctor=doctor)
        self._conversation = Conversation(
            settings,
            rule=rule or settings.start_rule,
            chance=chance,
            keeps_time=sink.keeps_time,
            make_feed=ServerAlone if self._household is None else self._household.make_node,
        )
        self._snapshot = self._conversation.snapshot(now=clock())
        self._inbox: deque[Step] = deque()
        self._lock = Lock()  # over the bell: its hub may be about to end
        self._bell: _Bell | None = None
        self._workings: Workings | None = None
        self._player: Player | None = None
        # A daemon: a defect there must not keep the process.
        self._thread = Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        """Connects; Connected or Disconnected will be reported."""
        self._player = Player(self._sink, self._on_player_event, self._make_decoder, clock)
        self._thread.start()

    def submit(self, request: EngineRequest) -> None:
        """Has `request` done and reported on; returns at once. Any thread may call it."""
        asked_at = clock()

        def step(now: float) -> list[Effect]:
            return self._conversation.request(request, asked_at=asked_at, now=now)

        self._post(step)

    def status(self) -> Status:
        """How things are at this moment. Any thread may call it."""
        workings, player = self._workings, self._player
        snapshot = self._snapshot if workings is None else workings.snapshot
        position = None if player is None else player.position()
        if position is None:
            return snapshot.status
        return snapshot.heard(position.stream, position.ms / 1000)

    def close(self, timeout: float) -> None:
        """Ends it for good, waiting at most `timeout` seconds; may be called twice."""
        until = clock() + timeout
        if self._thread.ident is not None:
            self.submit(Quit(QUIT_TAG))
            self._thread.join(timeout)
        if self._player is None:
            self._sink.close()
        else:
            self._player.close(max(0.0, until - clock()))

    def _post(self, step: Step) -> None:
        self._inbox.append(step)
        with self._lock:
            if self._bell is not None:
                self._bell.send()

    def _on_player_event(self, event: player_events.Event) -> None:
        self._post(lambda now: self._conversation.player_event(event, now=now))

    def _run(self) -> None:
        hub = gevent.get_hub()
        player = self._player
        if player is None:
            return
        workings = Workings(
            self._settings,
            self._conversation,
            player,
            on_report=self._on_report,
            post=self._post,
            household=self._household,
        )
        self._workings = workings
        bell: _Bell = hub.loop.async_()
        bell.start(self._empty_inbox)
        with self._lock:
            self._bell = bell
        bell.send()  # for what was posted before
        try:
            workings.run()
        except Exception as fault:
            self._on_report(Disconnected(f"This program has a defect: {fault!r}.", error=True))
            raise
        finally:
            with self._lock:
                self._bell = None
            bell.close()
            hub.destroy(destroy_loop=True)

    def _empty_inbox(self) -> None:
        while self._inbox and self._workings is not None:
            self._workings.step(self._inbox.popleft())
