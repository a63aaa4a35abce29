# SPDX-License-Identifier: GPL-3.0-or-later
"""A real redis-server of a test's own, that can be stopped, started again and frozen."""

import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import gevent

# On the socket; older versions say where, newer ones what it is.
READY = re.compile("eady to accept connections (at|unix)")


class NotStartedError(Exception):
    """redis-server has ended with these words."""


class RedisServer:
    """Listens on a socket in a folder; keeps its data there only where it is told to."""

    def __init__(self, folder: Path, *options: str) -> None:
        """Start it; `options` are more of redis-server's."""
        self.folder = folder
        self.url = f"unix://{folder}/s"
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        """Run, with what is left of the data; returns when it answers."""
        command = ["redis-server", "--dir", str(self.folder), "--unixsocket", f"{self.folder}/s"]
        if "--port" not in self._options:
            command += ["--port", "0"]
        self._process = subprocess.Popen(
            [*command, "--save", "", *self._options],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        said: list[str] = []
        for line in self._process.stdout:
            said.append(line)
            if READY.search(line):
                return
        self.kill()
        raise NotStartedError("".join(said))

    def kill(self) -> None:
        """End it at once, as a failing machine does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def end(self) -> None:
        """End it as an operator does; it writes what it keeps."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait()
        self.kill()

    def forget(self) -> None:
        """Lose the data, while it does not run."""
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def freeze(self) -> None:
        """Let it accept connections and answer nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def command(self, *words: str) -> str:
        """What redis-cli says to a command."""
        return subprocess.run(
            ["redis-cli", "-s", f"{self.folder}/s", *words],
            check=True,
            capture_output=True,
            errors="backslashreplace",  # a DUMP is no text
            text=True,
        ).stdout.strip()


def on_free_port(folder: Path, option: str, *options: str) -> tuple[RedisServer, int]:
    """A server that also listens on loopback at a port, given with `option`."""
    for _ in range(50):
        with socket.create_server(("127.0.0.1", 0)) as found:
            port: int = found.getsockname()[1]
        try:
            server = RedisServer(folder, option, str(port), "--bind", "127.0.0.1", *options)
        except NotStartedError as error:
            # Somebody was quicker to take it.
            if "in use" not in str(error):
                raise
        else:
            return server, port
    raise NotStartedError("no port stays free")


def until(condition: Callable[[], object]) -> None:
    """Let the hub run until something is so; the test's own timeout ends what never is."""
    while not condition():
        gevent.sleep(0.005)
