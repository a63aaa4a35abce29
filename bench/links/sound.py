# SPDX-License-Identifier: GPL-3.0-or-later
"""A private PulseAudio daemon with a null sink, and a recording of all that it plays, in time."""

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from bench.links.heard import Heard, Tape
from bench.links.priority import favour_session
from bench.songs import RATE

PROGRAMS: Final = ("pulseaudio", "parec")
START_S: Final = 20.0  # seconds of patience with a daemon on a busy machine
PIECE: Final = 65536  # bytes read at once
# Whoever asks for the least latency sets the pace of the sink: this is how exact a start is.
LATENCY_MS: Final = 10

# All the configuration that libasound sees: the daemon is the only device there is.
ASOUND: Final = """
pcm.default { type pulse }
ctl.default { type pulse }
"""


class SoundError(Exception):
    """There is no sound to listen to; the argument is a sentence."""


class Sound:
    """A running daemon and the recording of its sink.

    Attributes:
        environ: the variables that make a program play there, through PulseAudio or ALSA.
    """

    def __init__(self, directory: Path) -> None:
        """`directory` is for the daemon alone; raises SoundError."""
        missing = [program for program in PROGRAMS if shutil.which(program) is None]
        if missing:
            raise SoundError(f"Not installed: {', '.join(missing)}.")
        self._directory = directory
        self._tape = Tape(RATE)
        self._lock = threading.Lock()  # over the tape
        socket = directory / "socket"
        asound = directory / "asound.conf"
        asound.write_text(ASOUND)
        self.environ: Mapping[str, str] = os.environ | {
            "HOME": str(directory),
            "XDG_RUNTIME_DIR": str(directory),
            "XDG_CONFIG_HOME": str(directory),
            "PULSE_SERVER": f"unix:{socket}",
            "ALSA_CONFIG_PATH": str(asound),
            "SDL_AUDIODRIVER": "pulseaudio",
        }
        self._daemon = self._start_daemon(socket)
        try:
            self._wait(socket.exists, self._daemon, "pulseaudio")
            self._recorder = self._start_recorder()
        except BaseException:
            self._end(self._daemon)
            raise
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self._wait(lambda: self.last > 0, self._recorder, "parec")
        except BaseException:
            self.close()
            raise

    @property
    def last(self) -> float:
        """When the newest recorded sample was, by time.monotonic()."""
        with self._lock:
            return self._tape.last

    def sound_since(self, time: float) -> float:
        """Seconds of sound since then."""
        with self._lock:
            return self._tape.sound_since(time)

    def is_sounding(self) -> bool:
        """Whether there is sound now."""
        with self._lock:
            return self._tape.is_sounding()

    def heard(self, click: float, end: float, *, song: float) -> Heard:
        """What was heard between two times, of a song of so many seconds."""
        with self._lock:
            return self._tape.heard(click, end, song=song)

    def close(self) -> None:
        """End the recording and the daemon."""
        self._end(self._recorder)
        self._reader.join(START_S)
        if self._recorder.stdout is not None:
            self._recorder.stdout.close()
        self._end(self._daemon)

    def _start_daemon(self, socket: Path) -> "subprocess.Popen[bytes]":
        sink = f"sink_name=null norewinds=1 rate={RATE} format=s16le channels=2"
        protocol = f"module-native-protocol-unix socket={socket} auth-anonymous=1"
        command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--disable-shm"]
        command += ["--exit-idle-time=-1", "--realtime=no", "--high-priority=no"]
        command += ["--log-level=error", "-L", f"module-null-sink {sink}", "-L", protocol]
        with (self._directory / "log").open("wb") as log:
            daemon = subprocess.Popen(
                command, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )
        favour_session(daemon.pid)
        return daemon

    def _start_recorder(self) -> "subprocess.Popen[bytes]":
        command = ["parec", "--raw", "-d", "null.monitor", "--format=s16le", "--channels=2"]
        command += [f"--rate={RATE}", f"--latency-msec={LATENCY_MS}"]
        recorder = subprocess.Popen(
            command, env=self.environ, stdout=subprocess.PIPE, start_new_session=True
        )
        favour_session(recorder.pid)
        return recorder

    def _read(self) -> None:
        pipe: IO[bytes] | None = self._recorder.stdout
        while pipe is not None and (piece := os.read(pipe.fileno(), PIECE)):
            now = time.monotonic()
            with self._lock:
                self._tape.add(piece, now)

    def _wait(
        self, is_ready: Callable[[], bool], process: "subprocess.Popen[bytes]", name: str
    ) -> None:
        deadline = time.monotonic() + START_S
        while not is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                said = (self._directory / "log").read_text(errors="replace").strip()
                raise SoundError(f"{name} does not work: {said}")
            time.sleep(0.01)

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        process.terminate()
        try:
            process.wait(START_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def sound() -> Generator[Sound]:
    """A daemon and its recording until the end of the block; raises SoundError."""
    with tempfile.TemporaryDirectory(prefix="links-sound-") as name:
        made = Sound(Path(name))
        try:
            yield made
        finally:
            made.close()
