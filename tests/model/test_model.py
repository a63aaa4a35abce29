# SPDX-License-Identifier: GPL-3.0-or-later
"""Any interleaving of two listeners' wishes, of both their connections, of losses and of restarts.

Bytes arrive in any pieces, late, or not at all, and in any order between connections; never out of
order within one. Whatever happens, a listener hears the bytes of the song that was accepted last,
from its start on; nobody hears anything of the other; nobody finds fault with anybody; and once the
links hold, every song comes to its end.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from client.effects import Line
from client.requests import (
    EngineRequest,
    ListTracks,
    Pause,
    PlayTrack,
    Quit,
    Seek,
    StopSong,
    Unpause,
)
from server.config import Timers
from tests.model.house import TRACKS, House, Music
from tests.model.listener import Listener

MOST_ROUNDS = 600  # until everything is quiet
LATER = 1e6  # seconds: every deadline of a server has come
NO_TRACK = 99
RATE = 16_000  # bytes of sound that take a second, about
MOST_HEARD = 8_000  # bytes
SHORTEST = 1800  # milliseconds; every track is longer
ALL = 1 << 30
EXAMPLES = 300  # unless a profile of Hypothesis that draws at random says how many
STEPS = 100  # of each, at most

listeners = st.integers(0, len(TRACKS) - 1)
lines = st.sampled_from([*Line])
# A byte, part of a header, a message, a few frames, or all that there is.
sizes = st.sampled_from([1, 7, 60, 500, 3000, ALL])
losses = st.sampled_from([0, 0, 1, 60, 500, ALL])  # bytes of those under way
wishes = st.sampled_from(
    [*["play"] * 4, *["play from"] * 2, "seek", "play nothing", "stop", "pause", "unpause", "list"]
)
accidents = st.sampled_from(["restart", "no route", "silence"])


class Clock:
    """The one clock, of everybody."""

    now = 100.0


class Machine(RuleBasedStateMachine):
    """The world."""

    music: Music

    def __init__(self) -> None:
        super().__init__()
        Clock.now = 100.0
        self.house = House(self.music, Timers())
        self.listeners = [Listener(self.house, tracks, seed) for seed, tracks in enumerate(TRACKS)]

    @initialize()
    def everybody_is_welcome(self) -> None:
        # Before the first WELCOME, a loss is the end and no accident.
        for _ in range(4):
            self._round(ALL)
        for listener in self.listeners:
            assert set(listener.wires) == set(Line)

    # -- the listeners

    @rule(who=listeners, what=wishes, song=st.integers(0, 1), at=st.integers(0, SHORTEST))
    def wish(self, who: int, what: str, song: int, at: int) -> None:
        listener = self.listeners[who]
        listener.ask(self._wish(listener, what, song, at), Clock.now)

    def _wish(self, listener: Listener, what: str, song: int, at: int) -> EngineRequest:
        simple: dict[str, EngineRequest] = {
            "stop": StopSong(0),
            "pause": Pause(0),
            "unpause": Unpause(0),
            "list": ListTracks(0),
        }
        if what in simple:
            return simple[what]
        tag = listener.next_tag()
        if what == "seek":
            return Seek(tag, at)
        track = NO_TRACK if what == "play nothing" else listener.tracks[song]
        return PlayTrack(tag, track, at if what == "play from" else 0)

    @rule(who=listeners, size=st.sampled_from([100, 2000, 2000, ALL]))
    def hear(self, who: int, size: int) -> None:
        self.wait(min(size, MOST_HEARD) / RATE)
        self.listeners[who].play_on(size, Clock.now)

    # -- the links

    @rule(who=listeners, line=lines, size=sizes)
    def deliver_up(self, who: int, line: Line, size: int) -> None:
        wire = self.listeners[who].wires.get(line)
        if wire is not None and wire.deliver_up(size) and wire.channel is not None:
            wire.channel.look()

    @rule(who=listeners, line=lines, size=sizes)
    def deliver_down(self, who: int, line: Line, size: int) -> None:
        self.listeners[who].deliver(line, size, Clock.now)

    @rule(who=listeners)
    def dial(self, who: int) -> None:
        self.listeners[who].dial(Clock.now)

    @rule(who=listeners, line=lines, up=losses, down=losses)
    def lose(self, who: int, line: Line, up: int, down: int) -> None:
        wire = self.listeners[who].wires.get(line)
        if wire is not None:
            wire.lose(up, down)

    # -- the server

    @rule(budget=st.sampled_from([500, 3000, 20_000]))
    def serve(self, budget: int) -> None:
        self.house.look()
        self.house.pump.turn(budget)

    # -- everybody

    @rule(seconds=st.sampled_from([0.05, 0.4, 2.0]))
    def wait(self, seconds: float) -> None:
        Clock.now += seconds
        self.house.deadlines.run(now=Clock.now)
        for listener in self.listeners:
            listener.tick(Clock.now)

    @rule(what=accidents, who=listeners, line=lines)
    def accident(self, what: str, who: int, line: Line) -> None:
        match what:
            case "restart":
                self.house.die()
                self.house = House(self.music, Timers())
                for listener in self.listeners:
                    listener.house = self.house
            case "no route":
                self.listeners[who].fail_to_dial(line, Clock.now)
            case _:
                self.wait(10.0)  # in which nothing arrives: everybody is dead to everybody

    @rule(
        rounds=st.integers(1, 6),
        size=st.sampled_from([700, 3000, ALL]),
        slow=st.sampled_from([None, *Line]),
    )
    def go_on(self, rounds: int, size: int, slow: Line | None) -> None:
        """The links hold for a while, but for one that brings nothing down meanwhile."""
        for _ in range(rounds):
            self._round(size, slow=slow)
            self.wait(0.1)

    @rule(who=listeners, song=st.integers(0, 1))
    def switch_late(self, who: int, song: int) -> None:
        """A song is topped up while the answer to the PLAY of the next is under way."""
        self.wish(who, "play", song, 0)
        self.go_on(4, 2000, Line.CONTROL)

    @invariant()
    def bounded(self) -> None:
        self.house.check()
        for listener in self.listeners:
            listener.check()

    def teardown(self) -> None:
        try:
            self._settle()
            self._end()
        finally:
            self.house.die()

    def _round(self, size: int, *, slow: Line | None = None) -> bool:
        """Everybody acts once; whether anything moved."""
        moved = False
        for listener in self.listeners:
            moved |= listener.dial(Clock.now)
            for line in Line:
                wire = listener.wires.get(line)
                moved |= wire is not None and wire.deliver_up(size)
            moved |= self.house.look()
            moved |= self.house.pump.turn(20_000)
            for line in Line:
                moved |= line is not slow and listener.deliver(line, size, Clock.now)
            moved |= listener.play_on(size, Clock.now)
        # Connections that only the server has left hear their end too.
        for wire in self.house.wires:
            moved |= wire.up.is_cut and wire.deliver_up(size)
        return moved

    def _settle(self) -> None:
        """The links hold from now on: every song that was accepted comes to its end."""
        for listener in self.listeners:
            listener.ask(Unpause(0), Clock.now)
            listener.ask(ListTracks(0), Clock.now)  # wakes a client that waits to be needed
        quiet = 0
        for _ in range(MOST_ROUNDS):
            moved = self._round(ALL)
            self.bounded()
            heard = all(one.ear is None and not one.open_tags for one in self.listeners)
            linked = all(set(one.wires) == set(Line) for one in self.listeners)
            quiet = 0 if moved or not heard or not linked else quiet + 1
            if quiet == 2:
                return
            if not moved:
                self.wait(0.5)
        raise AssertionError([(one.ear, one.open_tags, one.wires) for one in self.listeners])

    def _end(self) -> None:
        """Everybody leaves, and nothing remains."""
        for listener in self.listeners:
            listener.ask(Quit(0), Clock.now)
        while self._round(ALL):
            pass
        assert all(listener.left for listener in self.listeners)
        Clock.now += LATER
        self.house.deadlines.run(now=Clock.now)
        while self._round(ALL):
            pass
        assert len(self.house.service.sessions) == 0
        assert len(self.house.deadlines) == 0
        assert self.house.port.sessions == set()
        assert self.house.control_door.links == set()
        assert len(self.music.tracks.files) == 0


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Machine]]:
    """The machine, where time is its own."""
    for module in ("server.control_link", "server.data_link"):
        monkeypatch.setattr(f"{module}.clock", lambda: Clock.now)
    with tempfile.TemporaryDirectory() as folder:
        Machine.music = Music(Path(folder))
        yield Machine


@pytest.mark.slow
@pytest.mark.timeout(600)  # a failure is made as short as it can be, which takes minutes
def test_any_interleaving(machine: type[Machine]) -> None:
    profile = settings()
    count = EXAMPLES if profile.derandomize else profile.max_examples
    drawing = settings(max_examples=count, stateful_step_count=STEPS)
    run_state_machine_as_test(machine, settings=drawing)
