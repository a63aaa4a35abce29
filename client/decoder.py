# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns MPEG audio frames into PCM with libmad; the only place that knows pymad and its traps."""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from client.feed import ByteSource, FrameFeed
from data.mpeg import FrameHeader

SAMPLE_BYTES = 4  # one moment of PCM: left and right, 16 bits each


@dataclass(frozen=True, slots=True)
class Pcm:
    """A piece of sound.

    Attributes:
        samples: native signed 16-bit, left and right in turn; 4 bytes a moment.
        rate: moments per second (Hz).
    """

    samples: bytes
    rate: int


class DecodeError(Exception):
    """The stream cannot be decoded any further; the argument is a sentence for the listener."""


class Decoder(Protocol):
    """What the player needs of a decoder. One thread calls it, and only one."""

    @property
    def decoded(self) -> int:
        """How many frames were turned into sound so far."""
        ...

    def read(self) -> Pcm | None:
        """Returns the next piece of sound, None at the end. Raises DecodeError."""
        ...


class MadDecoder:
    """A Decoder over libmad, which doubles mono.

    A frame that libmad cannot decode (it is damaged, or refers to frames before the first) becomes
    as much silence, so that time goes on as the frame headers say.

    Attributes:
        decoded: how many frames were turned into sound.
    """

    def __init__(self, source: ByteSource) -> None:
        """The source must give audio frames only: libmad takes tags for sound.

        Raises DecodeError where libmad is not installed.
        """
        # Here and not above: `--help` and most tests need no libmad.
        try:
            import mad  # noqa: PLC0415
        except ImportError as error:
            raise DecodeError(f"The decoder pymad is not installed ({error}).") from error

        self.decoded = 0
        self._lost: deque[FrameHeader] = deque()  # silence to come, and behind it:
        self._sound: Pcm | None = None
        self._feed = FrameFeed(source)
        # The constructor decodes a frame and throws it away. Fed nothing, it has none to lose.
        self._mad = mad.MadFile(self._feed)
        self._feed.is_open = True

    def read(self) -> Pcm | None:
        """Returns the sound of the next frame, None at the end.

        Raises DecodeError when the source raised, when libmad gave up, or when there is too much in
        a song that is no sound.
        """
        if not self._lost and self._sound is None:
            self._decode()
        if self._lost:
            return _silence(self._lost.popleft())
        sound, self._sound = self._sound, None
        return sound

    def _decode(self) -> None:
        if self._feed.is_spent:
            # After an empty answer pymad's buffer is in disorder: it must not be asked again.
            return
        try:
            samples = self._mad.read()
        except RuntimeError as error:
            raise DecodeError(f"The decoder gave up: {error}.") from error
        if self._feed.error is not None:
            cause = self._feed.error
            raise DecodeError(f"The song could not be read: {cause}.") from cause
        tried = self._feed.take_tried()
        # All but the one that was decoded just now were skipped.
        self._lost.extend(tried if samples is None else tried[:-1])
        if samples is not None:
            self.decoded += 1
            # The getter describes this frame: a stream may change its rate in the middle.
            self._sound = Pcm(bytes(samples), self._mad.samplerate())


def _silence(header: FrameHeader) -> Pcm:
    return Pcm(bytes(header.samples * SAMPLE_BYTES), header.sample_rate)
