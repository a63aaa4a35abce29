# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts from decoded sound what the encoder and the decoder added at both ends; no I/O, no clock."""

from dataclasses import dataclass

from client.decoder import SAMPLE_BYTES, Pcm

# A layer III decoder's own delay, in samples: 528 of the filter bank and one more. LAME's numbers
# leave it out, so it is added in front and taken off behind.
DECODER_DELAY = 529


@dataclass(frozen=True, slots=True)
class Cuts:
    """How many samples (of both channels) to take off.

    Attributes:
        front: dropped from the beginning.
        back: dropped from the end.
    """

    front: int = 0
    back: int = 0


def cuts(*, delay: int, padding: int, gapless: bool, skip: int | None = None) -> Cuts:
    """Returns what to cut from a song.

    Args:
        delay: samples the encoder put in front, as its LAME tag says.
        padding: samples it put behind, likewise.
        gapless: whether the file says so at all; without, nothing but `skip` is cut.
        skip: for a stream that begins inside the song, the samples before the wanted moment; they
            take the place of the front cut. None where it begins at the beginning.
    """
    front = delay + DECODER_DELAY if gapless else 0
    back = max(0, padding - DECODER_DELAY) if gapless else 0
    return Cuts(front=front if skip is None else skip, back=back)


class Trimmer:
    """Takes decoded pieces and returns what may be heard of them, in order.

    The last `cuts.back` samples are always held back, because only the end shows which they are.
    """

    def __init__(self, cuts: Cuts) -> None:
        self._front = cuts.front * SAMPLE_BYTES  # bytes still to drop
        self._back = cuts.back * SAMPLE_BYTES
        self._held = b""
        self._rate = 0

    def push(self, pcm: Pcm) -> list[Pcm]:
        """Returns the pieces to play now: none, one, or two where the rate changes."""
        ready: list[Pcm] = []
        if self._held and pcm.rate != self._rate:
            # The song goes on in another rate, so the padding is not among these.
            ready.append(Pcm(self._held, self._rate))
            self._held = b""
        self._rate = pcm.rate
        samples = pcm.samples
        if self._front:
            dropped = min(self._front, len(samples))
            self._front -= dropped
            samples = samples[dropped:]
        samples = self._held + samples
        split = max(0, len(samples) - self._back)
        self._held = samples[split:]
        if split:
            ready.append(Pcm(samples[:split], pcm.rate))
        return ready

    def rest(self) -> list[Pcm]:
        """Returns what is held back, where the song ends before its end: that is no padding."""
        held, self._held = self._held, b""
        return [Pcm(held, self._rate)] if held else []
