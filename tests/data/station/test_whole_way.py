# SPDX-License-Identifier: GPL-3.0-or-later
"""Real files through a station, a relay and another relay to a listener, as bytes on wires."""

from hashlib import sha256
from pathlib import Path

import pytest

from data.frames import Deframer
from data.index import AudioIndex, index_audio
from data.station.listener import Event, SongBegan, SongEnded, Sound, StationReceiver
from data.station.passing import pass_on, seconds_of
from data.station.ring import Cursor, Ring
from data.station.seals import Chain
from data.station.stretches import cut
from data.station_frames import Song
from tests.data.station.station import KEY, SESSION, STATION, STREAM, VERIFY

PROGRAMME = ("cbr128_joint", "vbr_v2", "garbage_middle", "rate_change", "mpeg25_8k_mono")


def song_of(index: AudioIndex, number: int, duration_us: int) -> Song:
    return Song(
        number=number,
        total=index.total,
        duration=duration_us // 1000,
        sample_rate=index.sample_rate,
        channels=index.channels,
        gapless=index.has_gapless,
        delay=index.delay,
        padding=index.padding,
        digest=index.digest,
    )


class Link:
    """A wire that cuts everything into pieces, and the listener at its end with its own ring."""

    def __init__(self, source: Cursor) -> None:
        self._source, self._deframer = source, Deframer()
        self._receiver = StationReceiver(STATION, VERIFY, source.next)
        self.ring = Ring(source.next, seconds=60)
        self.events = list[Event]()

    def run(self, piece: int) -> None:
        sent = self._source.next_frames(SESSION, STREAM, 10_000)
        wire = b"".join(header + payload for header, payload in sent)
        for at in range(0, len(wire), piece):
            for frame in self._deframer.feed(wire[at : at + piece]):
                self.events += self._receiver.receive(0, frame)  # type: ignore[arg-type]
        for event in self.events:
            if isinstance(event, Sound) and event.offset == self.ring.edge:
                pass_on(self.ring, event, seconds_of(event.audio))


@pytest.mark.parametrize("piece", [7, 1448])
def test_what_is_heard_is_what_the_files_hold(piece: int, samples: dict[str, Path]) -> None:
    ring = Ring(seconds=60)
    first = Link(ring.begin(0))
    second = Link(first.ring.begin(0))
    digests = list[bytes]()
    for number, kind in enumerate(PROGRAMME, start=1):
        content = samples[kind].read_bytes()
        with samples[kind].open("rb") as file:
            index = index_audio(file)
        digests.append(index.digest)
        stretches = cut(index)
        payload = song_of(index, number, stretches.playing_us).payload()
        chain = Chain(STATION, ring.edge, payload)
        ring.append_song(ring.edge, payload)
        for at in range(len(stretches)):
            pieces = stretches.pieces(at)
            audio = b"".join(content[begin : begin + size] for begin, size in pieces)
            before, signature = chain.seal(audio, KEY.sign)
            ring.append_stretch(
                chain.next - len(audio),
                audio,
                before=before,
                signature=signature,
                seconds=seconds_of(audio),
            )
            first.run(piece)
            second.run(piece)
    assert second.ring.edge == ring.edge
    heard = [event for event in second.events if isinstance(event, SongBegan)]
    assert [began.song.digest for began in heard] == digests
    for began in heard:
        sounds = (event for event in second.events if isinstance(event, Sound))
        audio = b"".join(sound.audio for sound in sounds if sound.song_offset == began.offset)
        assert sha256(audio).digest() == began.song.digest
    ended = [event.whole for event in second.events if isinstance(event, SongEnded)]
    assert ended == [True] * len(PROGRAMME)
