# SPDX-License-Identifier: GPL-3.0-or-later
"""The interactive shell: a prompt that waits for nobody, with the status line below it.

The prompt and its event loop own the main thread. The engine's reports come from its thread into
the loop, and what they have to say is written above the prompt.
"""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from prompt_toolkit import PromptSession
from prompt_toolkit.application import in_terminal
from prompt_toolkit.application.current import set_app
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output
from prompt_toolkit.search import stop_search
from prompt_toolkit.styles import Style

from client import wording
from client.answers import CommandFailed, Event
from client.commands import Command, Leave, Stop
from client.completion import CommandCompleter, TitleLookup
from client.dialogue import Dialogue
from client.engine_like import FAREWELL, EngineLike, EngineMaker
from client.language import CommandError, parse
from client.render import Glyphs, status_line
from client.reports import Activity, Connected, Disconnected, Report, Status
from client.turn import Turn

PROMPT: Final = "antiphon> "
PERIOD: Final = 0.25  # seconds between two looks at a status that moves
HURRY: Final = 0.1  # seconds for the end of an engine that was waited for already
GREETING: Final = "`help` shows the commands, Tab completes, Ctrl-C stops the song, Ctrl-D quits."

_MOVING: Final = frozenset({Activity.BUFFERING, Activity.PLAYING})
_SOUNDING: Final = _MOVING | {Activity.PAUSED}
_STYLE: Final = Style.from_dict(
    {
        "bottom-toolbar": "noreverse",
        "state": "bold",
        "trouble": "bold ansired",
        "bar.played": "bold ansigreen",
        "bar.buffered": "ansigreen",
        "bar.rest": "",
    }
)


class Shell:
    """One person at one terminal.

    Args:
        make_engine: called once.
        history: of the lines typed.
        glyphs: that the terminal can show.
        write: puts text on the terminal, as it is.
        terminal: input and output other than the process's own terminal.
        first: a command to begin with, as if it had been typed.
    """

    def __init__(
        self,
        make_engine: EngineMaker,
        history: History,
        glyphs: Glyphs,
        write: Callable[[str], None],
        terminal: tuple[Input, Output] | None = None,
        *,
        first: str | None = None,
    ) -> None:
        self._make_engine = make_engine
        self._history = history
        self._glyphs = glyphs
        self._write = write
        self._terminal = terminal or (None, None)
        self._first = first
        self._dialogue = Dialogue(scripted=False)
        self._exit_status: int | None = None  # None: the shell goes on
        self._is_connected = False
        self._met = asyncio.Event()  # connected, or over before that
        self._over = asyncio.Event()  # there is an exit status
        self._gone = asyncio.Event()  # the engine has reported its end
        self._hurried = asyncio.Event()  # it is over, and there shall be no farewell
        self._stirred = asyncio.Event()  # something may have moved the status
        self._unsaid: asyncio.Queue[str] = asyncio.Queue()  # lines

    async def run(self) -> int:
        """The whole conversation; the exit status: 0, 1 after an error, 128 + N after signal N."""
        self._loop = asyncio.get_running_loop()
        self._engine: EngineLike = self._make_engine(self._post)
        self._lookup = TitleLookup(self._engine.submit)
        self._prompt: PromptSession[str] = self._make_prompt()
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._loop.add_signal_handler(number, self._leave, 128 + number)
        voices = [asyncio.create_task(self._talk()), asyncio.create_task(self._watch())]
        conversing = asyncio.create_task(self._converse())
        try:
            self._engine.start()
            await self._over.wait()
            await self._part(conversing)
        finally:
            for task in (conversing, *voices):
                task.cancel()
            # An engine that has not come to its end by now waits for a server that is silent.
            patience = FAREWELL if self._gone.is_set() else HURRY
            await asyncio.to_thread(self._engine.close, patience)
        return self._exit_status or 0

    async def _part(self, conversing: asyncio.Task[None]) -> None:
        """Lets the prompt return, the last words be written and the server answer BYE.

        None of them may happen: prompt_toolkit waits for ever at a terminal that has gone away.
        """

        async def take_leave() -> None:
            await asyncio.wait((conversing,))
            await self._unsaid.join()
            await self._gone.wait()

        ways = [asyncio.create_task(way) for way in (take_leave(), self._hurried.wait())]
        await asyncio.wait(ways, timeout=FAREWELL, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()

    # ------------------------------------------------------------ the person

    def _make_prompt(self) -> PromptSession[str]:
        source, screen = self._terminal
        prompt: PromptSession[str] = PromptSession(
            PROMPT,
            history=self._history,
            completer=CommandCompleter(self._lookup),
            enable_suspend=True,
            complete_while_typing=False,  # titles are asked for, so only when a person asks
            bottom_toolbar=self._toolbar,
            key_bindings=self._keys(),
            style=_STYLE,
            input=source,
            output=screen,
        )
        # The size comes with a signal; looking for it twice a second would cost an idle shell.
        prompt.app.terminal_size_polling_interval = None
        return prompt

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("c-c")
        def interrupt(_: KeyPressEvent) -> None:
            self._interrupt()

        @keys.add(Keys.Vt100MouseEvent)
        def overlook(_: KeyPressEvent) -> None:
            # No mouse is asked for. Pasted colours look like one to prompt_toolkit, and it fails.
            pass

        del interrupt, overlook  # the bindings hold them
        return keys

    def _interrupt(self) -> None:
        """Ctrl-C: a song stops and the line is emptied; a shell that is leaving leaves at once."""
        if self._over.is_set():
            self._hurried.set()
            return
        sounds = self._engine.status().activity in _SOUNDING
        line = self._prompt.default_buffer
        if sounds and not self._dialogue.is_stopping:
            self._obey(Stop())
        elif not line.text and not sounds:
            self._say("Ctrl-D or `quit` leaves.")
        app = self._prompt.app
        with set_app(app):
            if app.layout.is_searching:
                stop_search()
        line.reset()

    async def _converse(self) -> None:
        await self._met.wait()
        if not self._over.is_set():
            self._say(GREETING)
            self._read(self._first or "")
        self._loop.add_signal_handler(signal.SIGINT, self._interrupt)
        while not self._over.is_set():
            await self._unsaid.join()
            try:
                line = await self._prompt.prompt_async(handle_sigint=False)
            except EOFError:
                line = "quit"
            except KeyboardInterrupt:
                # Where the terminal is too dumb for key bindings.
                self._interrupt()
                continue
            except OSError:
                self._leave(128 + signal.SIGHUP)
                return
            if not self._over.is_set():
                self._read(line)

    def _read(self, line: str) -> None:
        try:
            command = parse(line)
        except CommandError as error:
            self._show(CommandFailed("", str(error)))
        else:
            if command is not None:
                self._obey(command)

    def _obey(self, command: Command) -> None:
        if isinstance(command, Leave):
            self._leave(0)
        else:
            self._carry_out(self._dialogue.command(command, self._engine.status()))

    def _leave(self, exit_status: int) -> None:
        """Asks the engine to take leave, and lets the prompt return."""
        if not self._over.is_set():
            self._carry_out(self._dialogue.command(Leave(), self._engine.status()))
        self._end(exit_status)

    def _end(self, exit_status: int) -> None:
        if self._exit_status is None:
            self._exit_status = exit_status
        self._over.set()
        self._met.set()
        app = self._prompt.app
        if app.is_running and not app.is_done:
            app.exit(result="")

    # ------------------------------------------------------------ the engine

    def _post(self, report: Report) -> None:
        """Brings a report from the engine's thread into the loop."""
        # After the loop has closed, nobody is there to read it.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._hear, report)

    def _hear(self, report: Report) -> None:
        if self._lookup.takes(report):
            return
        self._carry_out(self._dialogue.report(report))
        if isinstance(report, Connected):
            self._is_connected = True
            self._met.set()
        elif isinstance(report, Disconnected):
            self._end(1)
            self._gone.set()

    def _carry_out(self, turn: Turn) -> None:
        for request in turn.requests:
            self._engine.submit(request)
        for event in turn.events:
            if isinstance(event, Connected) and self._is_connected:
                continue  # a session after the first; LinkBack says what matters of it
            self._show(event)
        self._stirred.set()

    # ------------------------------------------------------------ the screen

    def _width(self) -> int:
        return self._prompt.output.get_size().columns

    def _toolbar(self) -> StyleAndTextTuples:
        return [*status_line(self._engine.status(), self._width(), self._glyphs)]

    def _show(self, event: Event) -> None:
        for line in wording.lines(event, self._width(), self._glyphs):
            self._say(line)

    def _say(self, line: str) -> None:
        self._unsaid.put_nowait(line)

    async def _talk(self) -> None:
        """Writes what is to be said above the prompt, in order, a block at a time."""
        while True:
            lines = [await self._unsaid.get()]
            while not self._unsaid.empty():
                lines.append(self._unsaid.get_nowait())
            # A terminal that has gone away says so by SIGHUP and by the end of its input.
            with suppress(OSError):
                async with in_terminal():
                    self._write("".join(f"{line}\n" for line in lines))
            for _ in lines:
                self._unsaid.task_done()

    async def _watch(self) -> None:
        """Redraws the status line: regularly while it moves, else when something has happened."""
        latest: Status | None = None
        while True:
            status = self._engine.status()
            self._prompt.app.invalidate()
            # A paused song's buffer still fills: go on until nothing has changed.
            moves = status.activity in _MOVING or status != latest
            latest = status
            with suppress(TimeoutError):
                async with asyncio.timeout(PERIOD if moves else None):
                    await self._stirred.wait()
            self._stirred.clear()
