# SPDX-License-Identifier: GPL-3.0-or-later
"""The interactive shell, typed at through a pipe, with an engine that answers at once."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

import pytest
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from client.engine_like import OnReport
from client.render import UNICODE
from client.reports import (
    Connected,
    Disconnected,
    Finished,
    LinkBack,
    LinkLost,
    Notice,
    Report,
    Stalled,
)
from client.requests import EngineRequest, ListTracks, Pause, PlayTrack, Quit, StopSong
from client.shell import GREETING, Shell
from tests.client import fake_engine
from tests.client.fake_engine import FakeEngine

CTRL_C, CTRL_D, CTRL_R, TAB, ENTER = "\x03", "\x04", "\x12", "\t", "\r"
DEADLINE = 20.0  # seconds; only a hang is ever that long


class WatchedEngine(FakeEngine):
    """Tells when it was asked something."""

    def __init__(self, person: "Person", on_report: OnReport) -> None:
        super().__init__(on_report, greeting=person.greeting, after_play=person.after_play)
        self.news = person.news
        self.is_slow = False
        self.late: list[EngineRequest] = []

    def submit(self, request: EngineRequest) -> None:
        if self.is_slow:
            self.asked.append(request)
            self.late.append(request)
        else:
            super().submit(request)
        self.news.set()

    def catch_up(self) -> None:
        """Answers what was asked of it while it was slow."""
        self.is_slow = False
        asked = list(self.asked)
        for request in self.late:
            super().submit(request)
        self.asked = asked


@dataclass
class Person:
    """Types at a shell and reads what is written above the prompt."""

    pipe: PipeInput
    greeting: Report = fake_engine.GREETING
    after_play: tuple[Report, ...] = ()
    written: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    engines: list[WatchedEngine] = field(default_factory=list)
    shell: Shell | None = None

    def make_engine(self, on_report: OnReport) -> FakeEngine:
        self.engines.append(WatchedEngine(self, on_report))
        return self.engines[0]

    @property
    def engine(self) -> WatchedEngine:
        return self.engines[0]

    def write(self, text: str) -> None:
        self.written += text
        self.news.set()

    def type(self, text: str) -> None:
        self.pipe.send_text(text)

    async def reads(self, words: str) -> None:
        """Returns when `words` were written."""
        await self.sees(lambda: words in self.written)

    async def sees(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not is_so():
                await self.news.wait()
                self.news.clear()

    async def is_asked(self, request: EngineRequest) -> None:
        await self.sees(lambda: bool(self.engines) and request in self.engine.asked)

    async def line_becomes(self, text: str) -> None:
        """Returns when the line being typed is `text`."""
        assert self.shell is not None
        line = self.shell._prompt.default_buffer  # pyright: ignore[reportPrivateUsage]

        def tell(_: object) -> None:
            self.news.set()

        line.on_text_changed += tell
        await self.sees(lambda: line.text == text)


Scene = Callable[[Person], Coroutine[None, None, None]]


def perform(
    play: Scene, greeting: Report = fake_engine.GREETING, after_play: tuple[Report, ...] = ()
) -> tuple[int, Person]:
    """Runs a shell while `play` types at it; its exit status, and what the person saw."""

    async def both(person: Person) -> int:
        shell = Shell(
            person.make_engine,
            InMemoryHistory(),
            UNICODE,
            person.write,
            (person.pipe, DummyOutput()),
        )
        person.shell = shell
        running = asyncio.create_task(shell.run())
        await play(person)
        async with asyncio.timeout(DEADLINE):
            return await running

    with create_pipe_input() as pipe:
        person = Person(pipe, greeting, after_play)
        status = asyncio.run(both(person))
    assert person.engine.is_closed
    return status, person


def test_a_person_lists_plays_and_quits() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.type(f"list{ENTER}play 2{ENTER}quit{ENTER}")

    status, person = perform(play)
    assert status == 0
    assert person.engine.asked == [ListTracks(1), PlayTrack(2, 2), Quit(3)]
    assert person.written.splitlines() == [
        "Connected to host:1.",
        GREETING,
        "1  Für Elise         Ludwig van Beethoven  Bagatelles      1:23",
        "2  Gymnopédie No. 1  Erik Satie            Gymnopédies     3:45",
        "3  Gymnopédie No. 2  Erik Satie            Gymnopédies  1:02:03",
        "2: Gymnopédie No. 1 by Erik Satie (3:45)",
    ]


def test_ctrl_d_quits() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.type(CTRL_D)

    status, person = perform(play)
    assert (status, person.engine.asked) == (0, [Quit(1)])


def test_ctrl_c_stops_the_song_and_never_quits() -> None:
    async def play(person: Person) -> None:
        person.type(f"play 1{ENTER}")
        await person.is_asked(PlayTrack(1, 1))
        person.type(CTRL_C)
        await person.reads("Stopped.")
        person.type(CTRL_C)
        await person.reads("Ctrl-D or `quit` leaves.")
        person.type(CTRL_D)

    status, person = perform(play)
    assert (status, person.engine.asked) == (0, [PlayTrack(1, 1), StopSong(2), Quit(3)])


def test_ctrl_c_empties_the_line_where_nothing_plays() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.type(f"nonsense{CTRL_C}play 1{ENTER}{CTRL_D}")

    status, person = perform(play)
    assert (status, person.engine.asked) == (0, [PlayTrack(1, 1), Quit(2)])


def test_ctrl_c_during_a_song_empties_the_line_as_well() -> None:
    async def play(person: Person) -> None:
        person.type(f"play 1{ENTER}")
        await person.is_asked(PlayTrack(1, 1))
        person.type(f"nonsense{CTRL_C}pause{ENTER}")
        await person.is_asked(Pause(3))
        person.type(CTRL_D)

    _, person = perform(play)
    assert person.engine.asked == [PlayTrack(1, 1), StopSong(2), Pause(3), Quit(4)]


def test_ctrl_c_leaves_a_search_in_the_history() -> None:
    async def play(person: Person) -> None:
        person.type(f"play 1{ENTER}")
        await person.is_asked(PlayTrack(1, 1))
        person.type(f"{CTRL_R}lay{CTRL_C}pause{ENTER}")
        await person.is_asked(Pause(3))
        person.type(CTRL_D)

    _, person = perform(play)
    assert person.engine.asked == [PlayTrack(1, 1), StopSong(2), Pause(3), Quit(4)]


def test_ctrl_c_twice_in_a_hurry_stops_once() -> None:
    async def play(person: Person) -> None:
        person.type(f"play 1{ENTER}")
        await person.is_asked(PlayTrack(1, 1))
        person.engine.is_slow = True
        person.type(f"nonsense{CTRL_C}{CTRL_C}pause{ENTER}")
        await person.is_asked(Pause(3))
        person.engine.catch_up()
        await person.reads("Stopped.")
        person.type(CTRL_D)

    _, person = perform(play)
    assert person.engine.asked == [PlayTrack(1, 1), StopSong(2), Pause(3), Quit(4)]
    assert "Nothing is playing" not in person.written
    assert "leaves." not in person.written


def test_an_interrupt_from_outside_does_what_ctrl_c_does() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        os.kill(os.getpid(), signal.SIGINT)
        await person.reads("Ctrl-D or `quit` leaves.")
        person.type(CTRL_D)

    assert perform(play)[0] == 0


def test_ctrl_c_while_leaving_does_not_wait_for_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("client.shell.FAREWELL", 10 * DEADLINE)

    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.engine.is_slow = True
        person.type(CTRL_D)
        await person.is_asked(Quit(1))
        os.kill(os.getpid(), signal.SIGINT)

    status, person = perform(play)
    assert status == 0
    assert "leaves" not in person.written.replace(GREETING, "")


def test_reports_are_written_while_a_line_is_being_typed() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.type("play")
        person.engine.report(LinkLost("It broke.", 1.0))
        await person.reads("Link lost: It broke. Trying again in 1 s.")
        person.type(f" 3{ENTER}{CTRL_D}")

    _, person = perform(play)
    assert PlayTrack(1, 3) in person.engine.asked


def test_a_wrong_line_gets_a_sentence_and_the_prompt_is_there_again() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.type(f"plya{ENTER}")
        await person.reads("There is no command “plya”. Did you mean `play`?")
        person.type(f"{ENTER}{CTRL_D}")

    assert perform(play)[0] == 0


def test_what_happens_to_a_song_is_said() -> None:
    async def play(person: Person) -> None:
        person.type(f"play 1{ENTER}")
        await person.reads("The song is over.")
        person.type(CTRL_D)

    _, person = perform(play, after_play=(Stalled(1), Finished(1, intact=True)))
    assert "The sound waits for the network." in person.written


def test_tab_completes_a_title_of_the_server() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.type(f"play eli{TAB}")
        await person.sees(lambda: "eli" in [getattr(r, "query", "") for r in person.engine.asked])
        await person.line_becomes("play Für Elise")
        person.type(f"{ENTER}{CTRL_D}")

    _, person = perform(play)
    assert ListTracks(1, "Für Elise") in person.engine.asked
    assert PlayTrack(2, 1) in person.engine.asked


def test_a_server_out_of_reach_is_one_sentence_and_no_prompt() -> None:
    async def play(person: Person) -> None:
        await asyncio.sleep(0)

    status, person = perform(play, greeting=Disconnected("Nobody answers.", error=True))
    assert (status, person.written) == (1, "Nobody answers.\n")


def test_a_server_that_goes_for_good_ends_the_shell() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.engine.report(Disconnected("The server is gone.", error=True))

    status, person = perform(play)
    assert status == 1
    assert person.written.endswith("The server is gone.\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(number: signal.Signals) -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        os.kill(os.getpid(), number)

    status, person = perform(play)
    assert (status, person.engine.asked) == (128 + number, [Quit(1)])


def test_a_signal_before_the_connection_ends_it_too() -> None:
    async def play(person: Person) -> None:
        await person.reads("Still trying.")
        os.kill(os.getpid(), signal.SIGTERM)

    assert perform(play, greeting=Notice("Still trying."))[0] == 128 + signal.SIGTERM


def test_a_link_that_comes_back_is_said_once() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        for report in (LinkLost("It broke.", 0.0), LinkLost("Still.", 1.0), LinkBack()):
            person.engine.report(report)
        person.engine.report(Connected("host:1", resumed=True))
        await person.reads("The link is back.")
        person.type(CTRL_D)

    _, person = perform(play)
    assert person.written.splitlines()[2:] == [
        "Link lost: It broke. Trying again.",
        "The link is back.",
    ]
