# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts do not wait for ever: not for an answer, and not for a song that does not come on."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from client.batch import (
    ANSWER_TIMEOUT,
    LOOK_EVERY,
    NO_ANSWER,
    NO_SOUND,
    STANDSTILL,
    Script,
    feed_lines,
)
from client.engine_like import OnReport
from client.printer import TextPrinter
from client.render import UNICODE
from client.reports import Activity, Finished, Listed, Status
from client.requests import EngineRequest, ListTracks, Quit
from common.constants import DEAD_AFTER, GRACE
from tests.client.fake_engine import TRACKS, FakeEngine


class Clock:
    """Goes on by `step` seconds each time somebody looks at it."""

    def __init__(self, step: float) -> None:
        self.step = step
        self.time = 0.0

    def __call__(self) -> float:
        self.time += self.step
        return self.time


class SilentEngine(FakeEngine):
    """Answers `answered` requests, then none but Quit. Its status is what `look` says."""

    def __init__(self, on_report: OnReport, *, answered: int, page: int) -> None:
        super().__init__(on_report, page=page)
        self.left = answered
        self.look: Callable[[], Status] = super().status

    def submit(self, request: EngineRequest) -> None:
        self.left -= 1
        if self.left >= 0 or isinstance(request, Quit):
            super().submit(request)
        else:
            self.asked.append(request)

    def status(self) -> Status:
        return self.look()


def run(
    *lines: str,
    clock: Clock,
    answered: int = 0,
    page: int = 100,
    prepare: Callable[[SilentEngine], None] = lambda _: None,
) -> tuple[int, str, SilentEngine]:
    """Exit status, standard error, and the engine."""
    engines: list[SilentEngine] = []

    def make_engine(on_report: OnReport) -> SilentEngine:
        engines.append(SilentEngine(on_report, answered=answered, page=page))
        prepare(engines[0])
        return engines[0]

    err = io.StringIO()
    printer = TextPrinter(io.StringIO(), err, None, UNICODE)
    status = Script(make_engine, printer, clock).run(feed_lines(lines))
    return status, err.getvalue(), engines[0]


def test_the_time_for_an_answer_outlasts_an_outage_that_a_session_survives() -> None:
    assert ANSWER_TIMEOUT > DEAD_AFTER + GRACE
    assert STANDSTILL > ANSWER_TIMEOUT


@pytest.mark.parametrize("line", ["list", "play 1", "play elise", "stop"])
def test_a_command_that_nobody_answers_fails_and_the_next_one_is_done(line: str) -> None:
    status, err, engine = run(line, "help", clock=Clock(ANSWER_TIMEOUT))
    assert (status, err) == (1, NO_ANSWER + "\n")
    assert len(engine.asked) == 2
    assert isinstance(engine.asked[1], Quit)


def test_an_answer_that_takes_long_is_waited_for() -> None:
    engines: list[SilentEngine] = []

    class LateClock(Clock):
        """By the time somebody looks again, the answer is there."""

        def __call__(self) -> float:
            if engines[0].asked:
                engines[0].report(Listed(1, 0, more=False, scanning=False, tracks=()))
            return super().__call__()

    status, err, _ = run("list", clock=LateClock(ANSWER_TIMEOUT / 2), prepare=engines.append)
    assert (status, err) == (0, "")


def test_each_page_of_a_list_has_its_own_time() -> None:
    clock = Clock(ANSWER_TIMEOUT / 2)
    status, err, engine = run("list", clock=clock, answered=100, page=1)
    assert (status, err) == (0, "")
    assert clock.time > ANSWER_TIMEOUT
    assert len([asked for asked in engine.asked if isinstance(asked, ListTracks)]) == 3


STALLED = Status(
    Activity.BUFFERING,
    linked=False,
    track=TRACKS[0],
    position=20.0,
    buffered_to=20.0,
    duration=83.0,
    received=1000,
)


def test_a_song_that_does_not_come_on_is_not_waited_for() -> None:
    def prepare(engine: SilentEngine) -> None:
        engine.look = lambda: STALLED

    status, err, _ = run("play 1", "wait", clock=Clock(STANDSTILL), answered=1, prepare=prepare)
    assert (status, err) == (1, NO_SOUND + "\n")


def test_the_time_runs_from_the_last_bytes_on() -> None:
    clock = Clock(LOOK_EVERY)  # three steps for one look
    last_at = 0.0

    def prepare(engine: SilentEngine) -> None:
        def look() -> Status:
            nonlocal last_at
            if clock.time < STANDSTILL * 1.5:
                last_at = clock.time
            return replace(STALLED, received=round(last_at))

        engine.look = look

    status, err, _ = run("play 1", "wait", clock=clock, answered=1, prepare=prepare)
    assert (status, err) == (1, NO_SOUND + "\n")
    assert last_at > STANDSTILL
    assert STANDSTILL <= clock.time - last_at <= STANDSTILL + 6 * LOOK_EVERY


MOVES: list[Callable[[Status, int], Status]] = [
    lambda status, look: replace(status, received=1000 + look),
    lambda status, look: replace(status, activity=Activity.PLAYING, position=20.0 + look),
    # A pipe that nobody reads just now: there is sound, but it is not taken.
    lambda status, _: replace(status, activity=Activity.PLAYING, buffered_to=40.0),
]


@pytest.mark.parametrize("move", MOVES)
def test_a_song_that_comes_on_or_is_not_taken_is_waited_for(
    move: Callable[[Status, int], Status],
) -> None:
    looks = 0

    def prepare(engine: SilentEngine) -> None:
        def look() -> Status:
            nonlocal looks
            looks += 1
            if looks == 10:
                engine.report(Finished(1, intact=True))
                engine.look = lambda: Status(Activity.STOPPED, linked=True)
            return move(STALLED, looks)

        engine.look = look

    status, err, _ = run("play 1", "wait", clock=Clock(STANDSTILL), answered=1, prepare=prepare)
    assert (status, err) == (0, "")
    assert looks == 10
