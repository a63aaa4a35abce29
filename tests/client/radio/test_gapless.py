# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a station plays, what is heard is the songs' own sound, one right behind the other."""

from pathlib import Path
from random import Random
from threading import Thread

import pytest

from client.player_events import Finished, SongHeard, Started, Starved
from tests.client.audio import mpg123
from tests.client.radio.studio import Studio, Track, track
from tests.client.stage import PATIENCE_S

# All of one rate, so that the sink goes on without a stop.
ALIKE = ("cbr128_joint", "vbr_v2", "mono64", "no_info", "crc", "truncated", "silence")
OTHERS = ("rate48", "rate32", "mpeg2_22k", "mpeg25_8k_mono", "rate_change", "joined")


@pytest.fixture(scope="session")
def tracks(samples: dict[str, Path]) -> dict[str, Track]:
    """What a station may play."""
    return {kind: track(samples[kind]) for kind in (*ALIKE, *OTHERS)}


def test_songs_to_their_ends_are_the_sound_of_each_alone(tracks: dict[str, Track]) -> None:
    studio = Studio()
    for number, kind in enumerate(ALIKE, 1):
        studio.air(number, tracks[kind])
    events = studio.close()
    assert studio.sink.heard == b"".join(tracks[kind].sound() for kind in ALIKE)
    heard = [event.number for event in events if isinstance(event, SongHeard)]
    assert heard == list(range(1, len(ALIKE) + 1))
    assert isinstance(events[0], Started)
    assert events[-1] == Finished(1)
    assert not [event for event in events if isinstance(event, Starved)]
    assert [entry for entry in studio.sink.log if not entry.startswith(("at", "song"))] == [
        "start 44100",
        "tune 1",
        "drain",
        "close",
    ]


def test_one_song_and_its_neighbour_are_as_mpg123_plays_them(
    samples: dict[str, Path], tracks: dict[str, Track]
) -> None:
    studio = Studio()
    kinds = ("vbr_v2", "cbr128_joint")
    for number, kind in enumerate(kinds, 1):
        studio.air(number, tracks[kind])
    studio.close()
    expected = [value for kind in kinds for value in mpg123(samples[kind])]
    heard = memoryview(studio.sink.heard).cast("h")
    assert len(heard) == len(expected)
    assert max(abs(a - b) for a, b in zip(heard, expected, strict=True)) <= 1


@pytest.mark.parametrize("seed", range(12))
def test_any_songs_skipped_anywhere_joined_anywhere(tracks: dict[str, Track], seed: int) -> None:
    dice = Random(seed)
    studio = Studio()
    expected = b""
    kinds = ALIKE if seed % 2 else (*ALIKE, *OTHERS)
    for number in range(1, dice.randint(3, 6)):
        song = tracks[dice.choice(kinds)]
        count = len(song.ends)
        last = dice.choice([count, dice.randint(1, count)])
        until = None if last == count else song.ends[last - 1]
        if number == 1 and dice.random() < 0.7:
            first = dice.randint(1, max(1, last - 1))
            thrown = next((at for at in (0, *song.ends) if at >= song.ends[first - 1] + 2048), None)
            if thrown is not None and first < last:
                expected += song.sound_behind(min(thrown, song.ends[last - 1]), until)
            studio.air(number, song, first=first, last=max(first, last))
        else:
            expected += song.sound(until)
            studio.air(number, song, last=last)
        if dice.random() < 0.3:
            studio.programme.open()
    studio.close()
    assert len(studio.sink.heard) == len(expected)
    assert studio.sink.heard == expected


def test_a_skip_before_the_first_stretch_is_no_sound_and_no_failure(
    tracks: dict[str, Track],
) -> None:
    studio = Studio()
    studio.air(1, tracks["vbr_v2"])
    studio.air(2, tracks["no_info"], last=0)
    studio.air(3, tracks["mono64"])
    events = studio.close()
    assert studio.sink.heard == tracks["vbr_v2"].sound() + tracks["mono64"].sound()
    assert [e.number for e in events if isinstance(e, SongHeard)] == [1, 2, 3]


def test_what_comes_in_time_is_played_without_a_stop(tracks: dict[str, Track]) -> None:
    song = tracks["cbr128_joint"]
    studio = Studio()
    stretches = song.stretches(0, len(song.ends))
    for number in (1, 2):
        studio.programme.begin_song(number, song.cuts, total_bytes=len(song.audio))
        for stretch in stretches:
            studio.programme.append(stretch)
            studio.programme.open()
    studio.close()
    assert studio.sink.heard == song.sound() * 2


def test_a_song_that_starves_in_the_middle_goes_on_where_it_was(tracks: dict[str, Track]) -> None:
    song = tracks["vbr_v2"]
    studio = Studio()
    studio.air(1, song, last=2)
    studio.programme.open()
    while not isinstance(studio.events.get(timeout=PATIENCE_S), Starved):
        pass
    assert not studio.programme.is_open
    for stretch in song.stretches(2, len(song.ends)):
        studio.programme.append(stretch)
    studio.close()
    assert studio.sink.heard == song.sound()


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_while_one_thread_feeds_and_another_pauses(
    tracks: dict[str, Track], seed: int
) -> None:
    dice = Random(seed)
    studio = Studio()
    kinds = [dice.choice(ALIKE) for _ in range(6)]
    lasts = [dice.randint(0, len(tracks[kind].ends)) for kind in kinds]

    def feed() -> None:
        for number, (kind, last) in enumerate(zip(kinds, lasts, strict=True), 1):
            song = tracks[kind]
            studio.programme.begin_song(number, song.cuts, total_bytes=len(song.audio))
            for stretch in song.stretches(0, last):
                studio.programme.append(stretch)
                studio.programme.open()
        studio.programme.finish()

    thread = Thread(target=feed)
    thread.start()
    while thread.is_alive():
        studio.player.pause()
        studio.player.resume()
        thread.join(0.001)
    events = studio.close()
    expected = [
        tracks[kind].sound(
            None if last == len(tracks[kind].ends) else (0, *tracks[kind].ends)[last]
        )
        for kind, last in zip(kinds, lasts, strict=True)
    ]
    assert studio.sink.heard == b"".join(expected)
    assert [event.number for event in events if isinstance(event, SongHeard)] == [1, 2, 3, 4, 5, 6]
