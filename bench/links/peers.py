# SPDX-License-Identifier: GPL-3.0-or-later
"""Other players, each brought to where a click is one command, or the start of the program.

All of them play to the same PulseAudio sink.
"""

import json
import shutil
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.links.programs import program, until
from bench.links.wire import Side, Wire

MPD: Final = """
bind_to_address "{socket}"
pid_file "{folder}/mpd.pid"
log_file "{folder}/mpd.log"
input {{
    plugin "curl"
}}
audio_output {{
    type "pulse"
    name "pulse"
}}
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a player performs."""

    link: Wire
    environ: Mapping[str, str]
    folder: Path  # for its files
    stop: threading.Event
    holding: ExitStack  # what is to end with the run


class Peer(ABC):
    """One player on one stage."""

    def __init__(self, stage: Stage, url: str) -> None:
        """Nothing runs yet."""
        self.stage = stage
        self.url = url
        self.log = stage.folder / "player.log"

    @abstractmethod
    def prepare(self) -> None:
        """Get ready for the click; raises ProgramError."""

    @abstractmethod
    def click(self) -> None:
        """Ask for the song; raises ProgramError."""

    def start(self, words: Sequence[str]) -> None:
        """Run a program at the client's end of the link; raises ProgramError."""
        self.stage.holding.enter_context(
            program(
                self.stage.link.command(Side.CLIENT, words),
                environ=self.stage.environ,
                log=self.log,
            ),
        )

    def connected(self, path: Path) -> socket.socket:
        """A connection to the program's own socket; raises ProgramError."""
        made = socket.socket(socket.AF_UNIX)
        self.stage.holding.callback(made.close)
        until(
            lambda: path.exists() and made.connect_ex(str(path)) == 0,
            "the player's socket",
            stop=self.stage.stop,
            log=self.log,
        )
        return made


class Launched(Peer):
    """A program that plays what its command line names: the click is its start."""

    def __init__(self, stage: Stage, url: str, words: Sequence[str]) -> None:
        """`words`, where `{}` stands for the address."""
        super().__init__(stage, url)
        self._words = [word.format(url) for word in words]

    def prepare(self) -> None:
        """There is nothing to be done before."""

    def click(self) -> None:
        """Start it."""
        self.start(self._words)


class Mpv(Peer):
    """mpv, running and idle before the click."""

    def prepare(self) -> None:
        """Start it, and connect to its socket."""
        path = self.stage.folder / "mpv"
        words = ["mpv", "--no-config", "--no-video", "--really-quiet", "--ao=pulse", "--idle=yes"]
        self.start([*words, f"--input-ipc-server={path}"])
        self._socket = self.connected(path)

    def click(self) -> None:
        """Load the song."""
        line = json.dumps({"command": ["loadfile", self.url]})
        self._socket.sendall(line.encode() + b"\n")


class Mpd(Peer):
    """MPD, with the song in its queue before the click."""

    def prepare(self) -> None:
        """Start it, connect to its socket, and fill the queue."""
        path, config = self.stage.folder / "mpd", self.stage.folder / "mpd.conf"
        config.write_text(MPD.format(socket=path, folder=self.stage.folder))
        self.start(["mpd", "--no-daemon", "--stderr", str(config)])
        self._socket = self.connected(path)
        self._socket.sendall(f'add "{self.url}"\n'.encode())
        said = b""
        while b"\nOK\n" not in said and (piece := self._socket.recv(4096)):
            said += piece  # first its greeting, then the answer

    def click(self) -> None:
        """Play the song."""
        self._socket.sendall(b"play 0\n")


@dataclass(frozen=True, slots=True)
class Known:
    """A player that can be measured where its program is installed."""

    name: str
    program: str
    what: str
    make: Callable[[Stage, str], Peer]

    @property
    def is_installed(self) -> bool:
        """Whether the program is on the path."""
        return shutil.which(self.program) is not None


def _launched(*words: str) -> Callable[[Stage, str], Peer]:
    return lambda stage, url: Launched(stage, url, words)


PEERS: Final = (
    Known("mpv", "mpv", "idle before the click; its own cache settings", Mpv),
    Known(
        "mpg123", "mpg123", "started by the click", _launched("mpg123", "-q", "-o", "pulse", "{}")
    ),
    Known(
        "mpg123-b",
        "mpg123",
        "started by the click, with -b 1024 (6 s of sound, of which it wants a fifth to start)",
        _launched("mpg123", "-q", "-o", "pulse", "-b", "1024", "{}"),
    ),
    Known(
        "mpg123-b4096",
        "mpg123",
        "started by the click, with -b 4096 (24 s of sound, of which it wants a fifth to start)",
        _launched("mpg123", "-q", "-o", "pulse", "-b", "4096", "{}"),
    ),
    Known(
        "ffplay",
        "ffplay",
        "started by the click",
        _launched("ffplay", "-loglevel", "error", "-nodisp", "-autoexit", "{}"),
    ),
    Known(
        "gstreamer",
        "gst-launch-1.0",
        "started by the click; playbin with its own buffering",
        _launched("gst-launch-1.0", "-q", "playbin", "audio-sink=pulsesink", "uri={}"),
    ),
    Known("mpd", "mpd", "running, the song in its queue before the click", Mpd),
)
