# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's end of the indexer: asks for one file at a time, starts the process anew if it dies.

Waits on gevent's pipes, so the hub runs on; the process is started with the first file and can be
stopped whenever there is none.
"""

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import gevent
from gevent import subprocess

from server.library.outcome import ANSWER, REQUEST, Outcome, decode
from server.library.walk import reason_of
from server.logbook import Logbook

ATTEMPTS = 2  # a file that has killed its reader this often is refused
PATIENCE = 120.0  # seconds for one file

COMMAND = (sys.executable, "-m", "server.library.indexer")
_HOME = Path(__file__).parents[2]  # where the package `server` is found

_events = Logbook(__name__)


class KillerFileError(Exception):
    """A file that its reader does not survive; the message says how it died."""


class NoWorkerError(Exception):
    """The machine gives no process or no pipe now, through no fault of the file."""


class _DiedError(Exception):
    """The process ended, said something senseless, or took too long."""


class Worker:
    """One indexer process, for one greenlet."""

    def __init__(self, command: Sequence[str] = COMMAND, patience: float = PATIENCE) -> None:
        """Start nothing yet. `patience` is how many seconds one file may take."""
        self._command = command
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return None if self._process is None else self._process.pid

    def index(self, path: str, *, settled: bool = False, root: str | None = None) -> Outcome:
        """Have a file read; other greenlets run meanwhile.

        Args:
            path: absolute.
            settled: read it even if somebody has it open for writing.
            root: the folder, in front of `path`, that it must not lead out of; None: it may.

        Raises:
            KillerFileError: the process died of it twice.
            NoWorkerError: there is no process to be had.
        """
        died = ""
        within = 0 if root is None else len(os.fsencode(root))
        for _ in range(ATTEMPTS):
            try:
                if self._process is None:
                    self._process = self._start()
                with gevent.Timeout(self._patience, _DiedError("took too long")):
                    return self._ask(self._process, os.fsencode(path), within, settled=settled)
            except _DiedError as error:
                died = str(error)
                _events.debug("indexer_died", "the indexer has ended", reason=died)
            except OSError as error:
                self.stop()
                raise NoWorkerError(reason_of(error)) from error
            except BaseException:
                # This greenlet is being killed: half an answer may be in the pipe.
                self.stop()
                raise
            self.stop()
        raise KillerFileError(f"the process that reads it {died}")

    def stop(self) -> None:
        """End the process, if there is one; the next file starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                # What it never read is still in the buffer, and has nowhere to go.
                with contextlib.suppress(OSError):
                    pipe.close()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self._command,
            cwd=_HOME,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def _ask(
        self, process: "subprocess.Popen[bytes]", path: bytes, within: int, *, settled: bool
    ) -> Outcome:
        if process.stdin is None or process.stdout is None:
            raise _DiedError("has no pipes")
        try:
            process.stdin.write(REQUEST.pack(len(path), within, settled) + path)
            process.stdin.flush()
            head = _read(process, ANSWER.size)
            json_length, index_length = ANSWER.unpack(head)
            return decode(_read(process, json_length), _read(process, index_length))
        except BrokenPipeError:
            raise _DiedError(_end_of(process)) from None
        except (ValueError, TypeError) as error:
            raise _DiedError(f"answered nonsense ({error})") from error


def _read(process: "subprocess.Popen[bytes]", size: int) -> bytes:
    data = process.stdout.read(size) if process.stdout is not None else b""
    if len(data) < size:
        raise _DiedError(_end_of(process))
    return data


def _end_of(process: "subprocess.Popen[bytes]") -> str:
    code = process.wait()
    return f"died of signal {-code}" if code < 0 else f"ended with status {code}"
