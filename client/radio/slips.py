# SPDX-License-Identifier: GPL-3.0-or-later
"""Leaves frames of sound out, or repeats them, where nobody hears it: in silence, between songs.

See RFC.md, "Keeping the Distance". How many frames is decided elsewhere.
"""

from array import array
from collections.abc import Callable
from typing import Final, Protocol

from client.decoder import SAMPLE_BYTES, Pcm
from data.mpeg import SAMPLES_AT

SILENT_PEAK: Final = 16  # of 32767, -66 dB: no sound in a frame is louder where it is silent
EDGE_PEAK: Final = (
    256  # -42 dB: the last sample of a song, if silence can follow it without a click
)
MOST_AT_ONCE: Final = 8  # frames in one silence or between two songs: 0.2 s at 44.1 kHz


class Orders(Protocol):
    """What is owed; see Programme."""

    @property
    def owed(self) -> int: ...  # noqa: D102

    def take_slip(self, *, out: int = 0, again: int = 0) -> int: ...  # noqa: D102


class Slips:
    """Stands between the trimmer and the outlet and passes on all sound, but for slips.

    In one silence it slips every other frame at most, so that a silence stays one.
    """

    def __init__(
        self, orders: Orders, put: Callable[[Pcm], None], on_slip: Callable[[int, int], None]
    ) -> None:
        """`on_slip` gets frames and samples, in front of the sound behind the slip.

        Both are less than 0 where sound is repeated, and then `on_slip` comes in front of the
        repetition.
        """
        self._orders = orders
        self._put = put
        self._on_slip = on_slip
        self._last: Pcm | None = None  # that was put
        self._is_ready = False  # the last one was silent and no slip
        self._here = 0  # slips in this silence

    def put(self, pcm: Pcm) -> None:
        """Passes on the next piece of a song, which is a frame's, or a part of one."""
        if not self._orders.owed:
            self._is_ready = False
            self._pass(pcm)
            return
        if _peak(pcm.samples) > SILENT_PEAK:
            self._is_ready = False
            self._here = 0
            self._pass(pcm)
            return
        is_whole = len(pcm.samples) == SAMPLES_AT.get(pcm.rate, 0) * SAMPLE_BYTES
        frames = 0
        if self._is_ready and is_whole and self._here < MOST_AT_ONCE:
            frames = self._orders.take_slip(out=1, again=1)
        self._is_ready = not frames
        self._here += abs(frames)
        if frames <= 0:
            self._pass(pcm)
        if frames:
            self._tell(frames, pcm.rate)
        if frames < 0:
            self._pass(pcm)

    def end(self, rest: list[Pcm]) -> None:
        """Passes on the last sound of a song that was skipped: what is cut may be cut earlier."""
        for pcm in rest:
            frame = SAMPLES_AT.get(pcm.rate, 0) * SAMPLE_BYTES
            most = min(len(pcm.samples) // frame, MOST_AT_ONCE) if frame else 0
            frames = self._orders.take_slip(out=most)
            self._pass(Pcm(pcm.samples[: len(pcm.samples) - frames * frame], pcm.rate))
            if frames:
                self._tell(frames, pcm.rate)

    def between(self, *, rate: int, was_cut: bool) -> None:
        """A song begins in this rate: puts silence in front of it, where frames are to be repeated.

        `was_cut`: the song before was skipped, so that its end is a break anyway.
        """
        last = self._last
        if last is None or last.rate != rate or rate not in SAMPLES_AT:
            return
        if was_cut or _peak(last.samples[-SAMPLE_BYTES:]) <= EDGE_PEAK:
            frames = self._orders.take_slip(again=MOST_AT_ONCE)
            if frames:
                self._tell(frames, rate)
                self._pass(Pcm(bytes(-frames * SAMPLES_AT[rate] * SAMPLE_BYTES), rate))

    def _pass(self, pcm: Pcm) -> None:
        if pcm.samples:
            self._last = pcm
            self._put(pcm)

    def _tell(self, frames: int, rate: int) -> None:
        self._on_slip(frames, frames * SAMPLES_AT[rate])


def _peak(samples: bytes) -> int:
    values = array("h")
    values.frombytes(samples)
    return max(map(abs, values), default=0)
