# SPDX-License-Identifier: GPL-3.0-or-later
"""A private PulseAudio daemon with a null sink: a card that keeps time and can be recorded."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("pulseaudio", "parec")
START_S = 20.0  # patience with a daemon that starts on a busy machine, not a measure

# All the configuration that libasound sees: the daemon is the only device there is.
ASOUND = """
pcm.default { type pulse }
ctl.default { type pulse }
"""


def why_not() -> str | None:
    """The reason why there can be no daemon, or None."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


@dataclass(frozen=True)
class Pulse:
    """A running daemon.

    Attributes:
        environ: the variables that make libasound and the PulseAudio tools of a child use it.
        directory: private to it, gone when it ends.
        rate: Hz of its null sink.
    """

    environ: Mapping[str, str]
    directory: Path
    rate: int

    @contextmanager
    def recording(self) -> Generator[Path]:
        """Records all that the null sink plays meanwhile: native signed 16-bit stereo."""
        target = self.directory / "recording.s16"
        command = ["parec", "--raw", "-d", "null.monitor", "--format=s16le", "--channels=2"]
        command += [f"--rate={self.rate}", "--latency-msec=20", "--client-name=recorder"]
        with (
            target.open("wb") as file,
            subprocess.Popen(command, stdout=file, env=self.environ) as recorder,
        ):
            try:
                # From here on it records, for a monitor sends silence too.
                _wait(lambda: target.stat().st_size > 0, recorder, "parec")
                yield target
                # What the sink has just played is still on its way through the monitor.
                enough = target.stat().st_size + self.rate  # a quarter of a second
                _wait(lambda: target.stat().st_size > enough, recorder, "parec")
            finally:
                recorder.terminate()


@contextmanager
def pulse(rate: int = 44100) -> Generator[Pulse]:
    """Runs a daemon whose default sink is a null sink at `rate` Hz; ends it afterwards."""
    with tempfile.TemporaryDirectory(prefix="pulse-") as name:
        directory = Path(name)
        asound = directory / "asound.conf"
        asound.write_text(ASOUND)
        socket = directory / "socket"
        environ = os.environ | {
            "HOME": name,
            "XDG_RUNTIME_DIR": name,
            "PULSE_SERVER": f"unix:{socket}",
            "ALSA_CONFIG_PATH": str(asound),
        }
        command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--disable-shm"]
        command += [
            "--exit-idle-time=-1",
            "--realtime=no",
            "--high-priority=no",
            "--log-level=error",
        ]
        sink = f"sink_name=null norewinds=1 rate={rate} format=s16le channels=2"
        command += ["-L", f"module-null-sink {sink}"]
        command += ["-L", f"module-native-protocol-unix socket={socket} auth-anonymous=1"]
        log = directory / "log"
        with (
            log.open("wb") as file,
            subprocess.Popen(command, env=environ, stdout=file, stderr=file) as daemon,
        ):
            try:
                _wait(socket.exists, daemon, "pulseaudio", log)
                yield Pulse(environ, directory, rate)
            finally:
                daemon.terminate()


def _wait(
    is_ready: Callable[[], bool],
    process: "subprocess.Popen[bytes]",
    name: str,
    log: Path | None = None,
) -> None:
    deadline = time.monotonic() + START_S
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{name} does not work: {log.read_text() if log else ''}")
        time.sleep(0.01)
