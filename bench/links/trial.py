# SPDX-License-Identifier: GPL-3.0-or-later
"""One run: one player, one link, one song, from the click to the song's end."""

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from bench.links.heard import TOLERANCE_S, Heard
from bench.links.listener import Listener
from bench.links.origins import antiphon_server, nginx, url
from bench.links.peers import PEERS, Stage
from bench.links.programs import Cancelled, ProgramError
from bench.links.scenarios import Scenario
from bench.links.sound import Sound, sound
from bench.links.wire import Wire, wire

OWN: Final = "antiphon"
SETTLE: Final = 0.5  # seconds of rest before the click
END_SILENCE: Final = 0.5  # seconds of silence behind a song that was heard whole
LOOK: Final = 0.1  # seconds between two looks at the recording
LISTS_AT: Final = (3.0, 6.0, 9.0, 12.0)  # seconds after the click
BEFORE_SWITCH: Final = 2.0  # seconds of the old song
SWITCH_WITHIN: Final = 30.0  # seconds, else it is not measured
BEFORE_STOP: Final = 0.3  # seconds of the new song
AFTER_STOP: Final = 3.0  # seconds in which what still comes is waste
STALL_COST: Final = 5.0  # seconds of waiting that a stall is as bad as
SECOND_COST: Final = 3.0  # and a second of it


@dataclass(frozen=True, slots=True)
class Trial:
    """What is to be run."""

    scenario: Scenario
    congestion: str
    player: str
    run: int  # from 0
    seed: int
    seconds: float  # after the click, at most
    song_seconds: int
    songs: tuple[Path, Path]  # where the servers have them
    kind: str  # of link
    is_forced: bool
    client_options: tuple[str, ...] = ()  # of Antiphon's
    server_options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.scenario.name} {self.congestion} {self.player} {self.run + 1}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    heard: Heard
    seconds: float  # from the click to the end of the measurement
    moved_bytes: int  # that reached the client meanwhile, headers and all
    packets: int  # that the link delivered until then
    late_packets: int  # of those
    more: Mapping[str, object]  # what only Antiphon's client can tell


def perform(trial: Trial, stop: threading.Event) -> Outcome:
    """Do it; raises ProgramError, LinkError, SoundError, and Cancelled on `stop`."""
    scenario = trial.scenario
    with ExitStack() as holding:
        link = holding.enter_context(
            wire(
                scenario.down(),
                scenario.up(),
                seed=trial.seed * 1000 + trial.run,
                congestion=trial.congestion,
                is_forced=trial.is_forced,
                kind=trial.kind,
            ),
        )
        heard = holding.enter_context(sound())
        name = holding.enter_context(tempfile.TemporaryDirectory(prefix="links-run-"))
        stage = Stage(link, heard.environ, Path(name), stop, holding)
        folder = trial.songs[0].parent
        if trial.player == OWN:
            served = antiphon_server(link, folder, stage.folder, stop, trial.server_options)
            port = holding.enter_context(served)
            listener = Listener(stage, port, trial.client_options)
            return _Session(trial, link, heard, stop, listener).perform()
        holding.enter_context(nginx(link, folder, stage.folder, stop))
        known = next(known for known in PEERS if known.name == trial.player)
        peer = known.make(stage, url(trial.songs[0]))
        peer.prepare()
        return _Session(trial, link, heard, stop, None).listen(peer.click)


class _Session:
    """A player that is ready, and what is seen of it."""

    def __init__(
        self,
        trial: Trial,
        link: Wire,
        heard: Sound,
        stop: threading.Event,
        listener: Listener | None,
    ) -> None:
        self._trial = trial
        self._link = link
        self._sound = heard
        self._stop = stop
        self._listener = listener
        self._lists: list[float] = []

    def listen(self, click: Callable[[], object]) -> Outcome:
        """Click, and listen until the song's end or the end of patience."""
        trial = self._trial
        self._sleep(SETTLE)
        before = self._link.begin(trial.scenario.phase(trial.seed, trial.run))
        at = time.monotonic()
        click()
        end = at + trial.seconds
        while (now := self._sound.last) < end:
            whole = self._sound.sound_since(at) >= trial.song_seconds - TOLERANCE_S
            if whole and not self._sound.sound_since(now - END_SILENCE):
                break
            self._ask_for_lists(time.monotonic() - at)
            self._sleep(LOOK)
        end = min(end, self._sound.last)
        passed = self._link.passed()
        return Outcome(
            heard=self._sound.heard(at, end, song=trial.song_seconds),
            seconds=end - at,
            moved_bytes=passed.down.delivered_bytes - before.down.delivered_bytes,
            packets=passed.down.delivered + passed.up.delivered,
            late_packets=passed.down.late + passed.up.late,
            more={},
        )

    def perform(self) -> Outcome:
        """The same with Antiphon's client, and then what can be asked of it alone."""
        listener = self._listener
        if listener is None:
            raise ProgramError("There is no client.")
        outcome = self.listen(lambda: listener.tell("play 1"))
        more: dict[str, object] = {"client_stalls": len(listener.events("stalled"))}
        started = listener.events("started")
        if started:
            more["client_start"] = round(started[0].fields["latency_ms"] / 1000, 4)
        if self._lists:
            more["list_ms"] = round(statistics.median(self._lists) * 1000, 1)
            more["list_worst_ms"] = round(max(self._lists) * 1000, 1)
        more |= self._switch_and_stop(listener)
        return replace(outcome, more=more)

    def _ask_for_lists(self, elapsed: float) -> None:
        if self._listener is None or len(self._lists) == len(LISTS_AT):
            return
        if elapsed >= LISTS_AT[len(self._lists)]:
            self._lists.append(self._listener.ask("list"))

    def _switch_and_stop(self, listener: Listener) -> dict[str, object]:
        """From one song to the other, and then away from it while it still comes."""
        try:
            self._play(listener, "play 1")
            self._sleep(BEFORE_SWITCH)
            switch = self._play(listener, "play 2")
        except ProgramError:
            return {"switch": None}
        self._sleep(BEFORE_STOP)
        listener.tell("stop")
        before = self._link.passed().down.delivered_bytes
        self._sleep(AFTER_STOP)
        wasted = self._link.passed().down.delivered_bytes - before
        return {"switch": round(switch, 4), "wasted_bytes": wasted}

    def _play(self, listener: Listener, command: str) -> float:
        """Seconds until the song's first sound."""
        mark = listener.tell(command)
        started = listener.wait_for(
            lambda fields: fields["event"] == "started", since=mark, patience=SWITCH_WITHIN
        )
        seconds: float = started.fields["latency_ms"] / 1000
        return seconds

    def _sleep(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Cancelled


def row(trial: Trial, outcome: Outcome) -> dict[str, Any]:
    """The result as bench/README.md documents it."""
    heard = outcome.heard
    # Silence until the end was as long a wait as that, and nobody knows how much longer.
    start = outcome.seconds if heard.start is None else heard.start
    stalls, stalled = len(heard.gaps), heard.stalled
    return {
        "scenario": trial.scenario.name,
        "cc": trial.congestion,
        "player": trial.player,
        "run": trial.run,
        "start": round(start, 3),
        "stalls": stalls,
        "stalled": round(stalled, 3),
        "cost": round(start + SECOND_COST * stalled + STALL_COST * stalls, 3),
        "played": round(heard.sound, 2),
        "glitches": heard.glitches,
        "gaps": [[gap.at, gap.seconds] for gap in heard.gaps],
        "moved_bytes": outcome.moved_bytes,
        **outcome.more,
    }
