# SPDX-License-Identifier: GPL-3.0-or-later
"""What a relay passes on is what it was sent, frame by frame."""

import pytest

from common.errors import MisuseError
from data.frames import Deframer
from data.station.listener import Sound, StationReceiver
from data.station.passing import pass_on, seconds_of
from data.station.ring import Ring
from tests.data.frames import MONO_64, MPEG2_64, RATE_48, STEREO_128, frame
from tests.data.station.station import SESSION, STATION, STREAM, VERIFY, frames_of, programme

AIRED = programme(3, skipped=(2,))


@pytest.mark.parametrize("begin", [1000, 1040, 1160])
def test_a_childs_frames_are_those_of_the_server(begin: int) -> None:
    receiver, ring = StationReceiver(STATION, VERIFY, begin), Ring(begin)
    for sent in frames_of(AIRED, begin=begin):
        for event in receiver.receive(0, sent):
            if isinstance(event, Sound):
                pass_on(ring, event, seconds_of(event.audio))
    out = ring.begin(begin).next_frames(SESSION, STREAM, 10**9)
    wire = b"".join(header + payload for header, payload in out)
    assert list(Deframer().feed(wire)) == frames_of(AIRED, begin=begin)


def test_a_gap_needs_another_ring() -> None:
    receiver, ring = StationReceiver(STATION, VERIFY, 1160), Ring(1000)
    (sound,) = (
        event
        for sent in frames_of(AIRED, begin=1160)[:3]
        for event in receiver.receive(0, sent)
        if isinstance(event, Sound)
    )
    with pytest.raises(MisuseError):
        pass_on(ring, sound, 0.1)


def test_frame_time_of_mpeg_frames() -> None:
    assert seconds_of(b"") == seconds_of(b"no frame") == 0
    audio = frame(STEREO_128) * 3 + frame(RATE_48) * 2 + frame(MPEG2_64) + frame(MONO_64)
    expected = 4 * 1152 / 44100 + 2 * 1152 / 48000 + 576 / 22050
    assert seconds_of(audio) == pytest.approx(expected)
    assert seconds_of(audio + b"junk") == pytest.approx(expected)
