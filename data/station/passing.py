# SPDX-License-Identifier: GPL-3.0-or-later
"""What a relay passes on: stretches that were proven to it, and nothing else (RFC.md, "Relays")."""

from data.mpeg import parse_header
from data.station.listener import Sound
from data.station.ring import Ring


def pass_on(ring: Ring, sound: Sound, seconds: float) -> None:
    """Put a proven stretch, which plays for so long, into the ring that the children are fed from.

    Raises MisuseError where it does not follow what is there: behind a gap, begin another ring.
    """
    if ring.song_offset != sound.song_offset:
        ring.append_song(sound.song_offset, sound.song.payload())
    ring.append_stretch(
        sound.offset,
        sound.audio,
        before=sound.before,
        signature=sound.signature,
        seconds=seconds,
    )


def seconds_of(audio: bytes) -> float:
    """The frame time of whole MPEG frames that lie behind each other, up to what is none."""
    seconds, at = 0.0, 0
    while (header := parse_header(audio, at)) is not None:
        seconds += header.samples / header.sample_rate
        at += header.length
    return seconds
