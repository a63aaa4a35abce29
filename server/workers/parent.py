# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that starts the workers, watches over them and passes signals on; it serves nobody.

Workers are new programs, not forks of this one, and have sessions (setsid) of their own: a Ctrl-C
reaches them through their parent, once. What is decided is decided in `server.workers.crew`.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Final

from server.config import Share
from server.draining import Asked
from server.hang_up import kept_from_children, let_come
from server.listening import NotListeningError, keep_for_workers
from server.log import logging_to_standard_error
from server.logbook import Logbook
from server.options import Parsed
from server.running import level
from server.service_manager import Manager
from server.starting import StartError
from server.workers.crew import LEAVE_WITHIN, Act, Crew, Kill, Phase, Send, Start, Tell, Word
from server.workers.silence import Silence
from server.workers.telling import (
    how,
    tell_of_end,
    tell_of_failure,
    tell_of_lateness,
    tell_of_serving,
    tell_of_silence,
)
from server.workers.wire import FAILED, LONGEST, READY, Task, give, pair

EVENTS = Logbook("antiphon.server")

COMMAND: Final = (sys.executable, "-m", "server.workers.worker")
_HOME: Final = Path(__file__).parents[2]  # where the package `server` is found


def run(
    parsed: Parsed, words: Sequence[str], *, listening: socket.socket | None, manager: Manager
) -> int:
    """Serve with several processes until a signal; the exit status. Raises StartError."""
    config = parsed.config
    with ExitStack() as stack:
        stack.enter_context(logging_to_standard_error(level(parsed), is_json=parsed.log_json))
        port = config.port
        if listening is None:
            try:
                kept = keep_for_workers(config.host, config.port, reuse_port=config.reuse_port)
            except NotListeningError as error:
                raise StartError(str(error)) from None
            port = int(stack.enter_context(kept).getsockname()[1])
        else:
            port = int(stack.enter_context(listening).getsockname()[1])
        state = None
        if config.state is None:  # one folder of theirs alone, which is forgotten at the end
            state = stack.enter_context(tempfile.TemporaryDirectory(prefix="antiphon-"))
        host = f"[{config.host}]" if ":" in config.host else config.host or "*"
        parent = Parent(
            config.workers,
            lambda share: Task(share, port, state, tuple(words)),
            listening=listening,
            manager=manager,
            reloads=parsed.reads_again,
            where=f"{host}:{port}",
        )
        stack.callback(parent.close)
        return parent.run()


class Parent:
    """One running server, made of workers."""

    def __init__(
        self,
        count: int,
        task: Callable[[Share], Task],
        *,
        listening: socket.socket | None,
        manager: Manager,
        reloads: bool,
        where: str,
        command: Sequence[str] = COMMAND,
        silence: Silence | None = None,
    ) -> None:
        """Nobody is started yet.

        `task` says what a worker is told, `reloads` whether SIGHUP is for them (or else an end),
        `where` they listen, `command` runs one, and `silence` finds those that hang.
        """
        self._count = count
        self._task = task
        self._listening = listening
        self._manager = manager
        self._reloads = reloads
        self._where = where
        self._command = command
        self._crew = Crew(count)
        self._silence = silence or Silence()
        self._reasons: dict[int, str] = {}  # why a worker says that it cannot serve
        self._failure: str | None = None  # why the server does not start
        self._has_told = False  # that it listens
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._sockets: dict[int, socket.socket] = {}
        self._signals: deque[int] = deque()
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._woken, selectors.EVENT_READ, self._obey_signals)

    def run(self) -> int:
        """Until all workers have ended; the exit status. Raises StartError."""
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            is_ignored = signal.getsignal(number) is signal.SIG_IGN  # as nohup wants it
            if number is not signal.SIGHUP or self._reloads or not is_ignored:
                signal.signal(number, lambda number, _frame: self._signals.append(number))
        let_come()
        self._do(self._crew.begin(now=time.monotonic()))
        while not self._crew.is_over:
            both = (self._crew.deadline, self._silence.deadline)
            due = min((one for one in both if one is not None), default=None)
            wait = None if due is None else max(0.0, due - time.monotonic())
            for key, _ in self._selector.select(wait):
                key.data()
            self._do(self._crew.tick(now=time.monotonic()))
            for hanging in self._silence.tick(now=time.monotonic()):
                tell_of_silence(hanging, self._silence.patience)
                self._processes[hanging].kill()
        if self._failure is not None:
            raise StartError(self._failure)
        return self._crew.status

    def close(self) -> None:
        """Nobody stays behind, whatever happened here."""
        signal.set_wakeup_fd(-1)
        for process in self._processes.values():
            process.kill()
            process.wait()
        for sock in self._sockets.values():
            sock.close()
        self._selector.close()
        os.close(self._woken)
        os.close(self._waker)

    def _obey_signals(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._woken, 1024)
        while self._signals:
            number = self._signals.popleft()
            if number == signal.SIGHUP and self._reloads:
                self._do(self._crew.reload())
            else:
                kindly = number == signal.SIGTERM
                asked = Asked.KINDLY if kindly else Asked.NOW
                self._do(self._crew.asked(asked, now=time.monotonic()))

    def _do(self, acts: Sequence[Act]) -> None:
        for act in acts:
            match act:
                case Start():
                    self._start(act.number)
                case Send():
                    self._processes[act.number].send_signal(act.signal)
                case Kill():
                    tell_of_lateness(act.number, LEAVE_WITHIN)
                    self._processes[act.number].kill()
                case Tell():
                    self._tell(act.word)

    def _tell(self, word: Word) -> None:
        match word:
            case Word.READY:
                if not self._has_told:
                    tell_of_serving(self._count, self._where)
                self._has_told = True
                self._manager.ready()
            case Word.RELOADING:
                self._manager.reloading()
            case Word.STOPPING:
                self._manager.stopping()

    def _start(self, number: int) -> None:
        mine, its = pair()
        with its:
            try:
                with kept_from_children():
                    process = subprocess.Popen(
                        (*self._command, str(number)),  # for those who look at a list of them
                        cwd=_HOME,
                        stdin=its.fileno(),
                        start_new_session=True,
                    )
            except OSError as error:
                mine.close()
                self._not_started(number, error)
                return
        self._processes[number], self._sockets[number] = process, mine
        self._selector.register(mine, selectors.EVENT_READ, partial(self._hear, number))
        EVENTS.debug(
            "worker_started", "worker {worker} is process {pid}", worker=number, pid=process.pid
        )
        with suppress(OSError):  # where it has ended already, it is heard next
            give(mine, self._task(Share(number, self._count)), self._listening)

    def _hear(self, number: int) -> None:
        try:
            word = self._sockets[number].recv(LONGEST)
        except ConnectionResetError:
            word = b""
        now = time.monotonic()
        self._silence.heard(number)
        if word == READY:
            self._silence.watch(number, now=now)
            self._do(self._crew.ready(number, now=now))
        elif word.startswith(FAILED):
            self._reasons[number] = word.removeprefix(FAILED).decode(errors="backslashreplace")
        elif not word:
            self._ended(number)

    def _not_started(self, number: int, error: OSError) -> None:
        acts = self._crew.ended(number, 1, now=time.monotonic())
        if self._crew.failed == number:
            self._failure = f"worker {number} cannot be started: {error}"
        else:
            EVENTS.error(
                "worker_not_started",
                "worker {worker} cannot be started",
                worker=number,
                reason=error,
            )
        self._do(acts)

    def _ended(self, number: int) -> None:
        sock, process = self._sockets.pop(number), self._processes.pop(number)
        reason = self._reasons.pop(number, None)
        self._selector.unregister(sock)
        self._silence.forget(number)
        sock.close()
        status = process.wait()
        phase = self._crew.phase(number)
        now = time.monotonic()
        acts = self._crew.ended(number, status, now=now)
        if self._crew.failed == number:
            who = "it" if phase is Phase.STARTING else "others"
            said = f" {how(status)} while {who} started" if reason is None else f": {reason}"
            self._failure = f"worker {number}{said}"
        else:
            if reason is not None:
                tell_of_failure(number, reason)
            again = self._crew.due(number)
            tell_of_end(number, status, None if again is None else max(0.0, again - now))
        self._do(acts)
