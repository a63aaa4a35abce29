# SPDX-License-Identifier: GPL-3.0-or-later
"""A server in a process of its own on loopback, with what tests want to know about it."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 60.0  # seconds; a net under a hang, never a measure
ROOT = Path(__file__).parents[2]

# The raw clients of the tests say no PING, and on a busy machine may be slow to say the next thing.
PATIENT = ("--heartbeat", "60", "--dead-after", "180")

_LISTENING = re.compile(r'.*msg(?:=|": )"listening on (\S+):(\d+)"')


def until(condition: Callable[[], object], what: str = "") -> None:
    """Polls until something holds; AssertionError when patience is over."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain: {what or condition}")
        time.sleep(0.005)


class ServerProcess:
    """`python -m server --host 127.0.0.1 0 FOLDER`, listening.

    Attributes:
        host: where it listens.
        port: the control port.
        lines: what it has said on standard error so far, line by line.
        folder: the music folder.
    """

    def __init__(
        self, folder: Path, *options: str, prefix: tuple[str, ...] = (), port: int = 0
    ) -> None:
        """Start it and wait until it listens; AssertionError where it ends before.

        `options` come before the port; `prefix` is a command that runs the server, such as prlimit.
        """
        self.folder = folder
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            (
                *prefix,
                *(sys.executable, "-m", "server", "--host", "127.0.0.1"),
                *PATIENT,
                *options,
                str(port),
                str(folder),
            ),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            until(lambda: self._address() or not self._listener.is_alive(), "the server to listen")
            address = self._address()
            assert address is not None, f"the server did not start: {self.lines}"
        except BaseException:
            self.kill()
            raise
        self.host, self.port = address

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def address(self) -> tuple[str, int]:
        """Where clients connect."""
        return self.host, self.port

    @property
    def log(self) -> str:
        """All it has said."""
        return "\n".join(self.lines)

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def descriptors(self) -> dict[int, str]:
        """Its open files: number to what it is, such as socket:[4711]."""
        found: dict[int, str] = {}
        for entry in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                found[int(entry.name)] = str(entry.readlink())
            except FileNotFoundError:  # closed in between
                continue
        return found

    def sockets(self) -> int:
        """How many of them are sockets."""
        return sum(target.startswith("socket:") for target in self.descriptors().values())

    def connections(self) -> int:
        """How many of them are sockets that do not listen."""
        listening = {f"socket:[{inode}]" for inode in self._listening()}
        targets = self.descriptors().values()
        return sum(target.startswith("socket:") for target in targets if target not in listening)

    def _listening(self) -> set[str]:
        """The inodes of all sockets of this machine that listen."""
        listen, state, inode = "0A", 3, 9
        return {
            fields[inode]
            for table in ("tcp", "tcp6")
            for line in Path(f"/proc/{self.pid}/net/{table}")
            .read_text(encoding="ascii")
            .splitlines()
            if (fields := line.split())[state] == listen
        }

    def songs(self) -> int:
        """How many of them are songs."""
        return sum(target.endswith(".mp3") for target in self.descriptors().values())

    def says(self, text: str) -> None:
        """Waits for a line with `text`."""
        until(lambda: any(text in line for line in list(self.lines)), text)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def wait(self) -> int:
        """Wait for its end; the exit status."""
        status = self._process.wait(PATIENCE)
        self._close()
        return status

    def stop(self) -> int:
        """SIGINT, so that it does not drain, and wait; the exit status."""
        self.signal(signal.SIGINT)
        return self.wait()

    def kill(self) -> None:
        """SIGKILL, whether or not it still runs."""
        self._process.kill()
        self._process.wait(PATIENCE)
        self._close()

    def _close(self) -> None:
        self._listener.join(PATIENCE)
        if self._process.stderr is not None:
            self._process.stderr.close()

    def _address(self) -> tuple[str, int] | None:
        for line in list(self.lines):
            match = _LISTENING.match(line)
            if match is not None:
                return match[1], int(match[2])
        return None

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.lines.append(line.rstrip("\n"))


@contextmanager
def running_server(
    folder: Path, *options: str, prefix: tuple[str, ...] = ()
) -> Generator[ServerProcess]:
    """A server that knows its folder, until the end of the block.

    It has no state unless `options` give it a place.
    """
    if "--state" not in options:
        options = ("--state", "none", *options)
    server = ServerProcess(folder, *options, prefix=prefix)
    try:
        server.says("files read: ")  # on a busy machine, it listens before it knows all of them
        yield server
    finally:
        server.kill()
