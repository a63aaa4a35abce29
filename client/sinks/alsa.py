# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a PCM device with libasound; the only place that knows pyalsaaudio and its traps."""

import ctypes
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from typing import Final, ParamSpec, TypeVar

from client.sinks.card import Device

PERIOD = 1024  # samples between two wake-ups of the device; pyalsaaudio's own 32 is far too few
PERIODS = 10  # in the device's buffer: 0.23 s at 44.1 kHz
ANSWER_TIMEOUT: Final = 5.0  # seconds for a device to open; a sound server may have to start first
_PROBE: Final = "import sys, alsaaudio; alsaaudio.PCM(device=sys.argv[1])"

P = ParamSpec("P")
T = TypeVar("T")


def open_pcm(device: str, rate: int) -> Device:
    """Opens `device` for native signed 16-bit stereo; raises OSError where that fails."""
    _probe(device)
    return _Pcm(device, rate)


@cache
def _probe(device: str) -> None:
    """Raises OSError where `device` does not answer; once it has, it is not asked again.

    pyalsaaudio holds the interpreter while it opens a device, so one whose sound server hangs would
    freeze this process for good. Another process can be given up. Any other failure is not its
    business: the attempt that counts tells of it.
    """
    command = [sys.executable, "-I", "-c", _PROBE, device]
    null = subprocess.DEVNULL
    probe = subprocess.Popen(command, stdin=null, stdout=null, stderr=null)
    try:
        probe.wait(ANSWER_TIMEOUT)
    except subprocess.TimeoutExpired:
        raise OSError(
            f"it has not answered for {ANSWER_TIMEOUT:g} s; its sound server may hang"
        ) from None
    finally:
        probe.kill()
        with suppress(subprocess.TimeoutExpired):
            probe.wait(1)  # the kernel may hold it back


class _Pcm:
    """A Device over alsaaudio.PCM."""

    def __init__(self, device: str, rate: int) -> None:
        # Here and not above: whoever plays elsewhere needs no libasound.
        try:
            import alsaaudio  # noqa: PLC0415
        except ImportError as error:
            raise OSError(f"the Python module alsaaudio is missing ({error})") from error

        _silence_libasound()
        little = sys.byteorder == "little"
        sample_format = alsaaudio.PCM_FORMAT_S16_LE if little else alsaaudio.PCM_FORMAT_S16_BE
        self._error = alsaaudio.ALSAAudioError
        self._pcm = self._call(
            partial(
                alsaaudio.PCM,
                type=alsaaudio.PCM_PLAYBACK,
                mode=alsaaudio.PCM_NORMAL,
                device=device,
                rate=rate,
                channels=2,
                format=sample_format,
                periodsize=PERIOD,
                periods=PERIODS,
            )
        )
        # The device grants what it likes, and raises nothing where that is something else.
        info = self._call(self._pcm.info)
        self.rate = info["rate"]  # Hz
        self.buffer = info["buffer_size"]  # samples
        self.can_pause = info["can_pause"]
        granted = info["format_name"], info["channels"]
        if granted != ("S16_LE" if little else "S16_BE", 2):
            self.close()
            raise OSError(f"it plays {granted[0]} with {granted[1]} channels only")

    def write(self, data: bytes | memoryview, /) -> int:
        """Returns the samples taken, or -32 (EPIPE): none, and the device is ready again."""
        return self._call(self._pcm.write, data)

    def avail(self) -> int:
        """Returns the samples that fit now, or a negative errno."""
        return self._call(self._pcm.avail)

    def pause(self, enable: int, /) -> int:
        """Stops the device (1) or lets it go on (0)."""
        return self._call(self._pcm.pause, enable)

    def drop(self) -> int:
        """Silences the device and empties its buffer."""
        return self._call(self._pcm.drop)

    def drain(self) -> int:
        """Returns when the buffer was played."""
        return self._call(self._pcm.drain)

    def close(self) -> None:
        """Closes the device after playing what it has."""
        self._call(self._pcm.close)

    def _call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except self._error as error:
            raise OSError(str(error)) from error


@cache
def _silence_libasound() -> object:
    """Stops libasound from writing to standard error, where a status line may stand.

    What goes wrong comes back as an exception anyway. Returns what must be kept from collection.
    """
    handler_type = ctypes.CFUNCTYPE(
        None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
    )

    def ignore(_file: bytes, _line: int, _function: bytes, _errno: int, _format: bytes) -> None:
        """Takes the place of the handler that prints."""

    handler = handler_type(ignore)
    try:
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(handler)
    except (OSError, AttributeError):
        return None  # a libasound of another name: then it may print
    return handler
