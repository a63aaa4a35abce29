# SPDX-License-Identifier: GPL-3.0-or-later
"""A person at the shell, and an engine that answers at once."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from client.engine_like import OnReport
from client.render import UNICODE
from client.reports import (
    Report,
)
from client.requests import EngineRequest
from client.shell import Shell
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
