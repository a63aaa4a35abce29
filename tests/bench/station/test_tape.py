# SPDX-License-Identifier: GPL-3.0-or-later
"""The judge of a station's tapes hears what the station played, and whatever is not that."""

import time
from pathlib import Path
from random import Random

import numpy as np
import pytest

from bench.chaos.editions import Samples
from bench.station.sound import Aired, Recording, Recordings
from bench.station.tape import Heard, Label, Part, check, listen, read_labels
from client.sinks.tape import TapeSink
from data.index import AudioIndex, index_audio
from tests.client.radio.studio import Studio, track
from tests.mp3_samples import make_samples

RATE = 44100
SPEED = 20  # of the tape's clock
KINDS = ("cbr128_joint", "vbr_v2", "mono64", "silence", "rate48")


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_samples(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Recordings:
    return Recordings(tmp_path_factory.mktemp("sound"))


@pytest.fixture(scope="module")
def index(samples: dict[str, Path]) -> AudioIndex:
    with samples["vbr_v2"].open("rb") as file:
        return index_audio(file)


def test_a_recording_is_heard_as_the_client_decodes_it(
    samples: dict[str, Path], recordings: Recordings
) -> None:
    for kind in KINDS:
        song = track(samples[kind])
        recording = recordings.of(samples[kind])
        assert recording.heard().tobytes() == song.sound()
        assert recording.heard(song.index.total).tobytes() == song.sound()
        for until in song.ends[:-1]:
            assert recording.heard(until).tobytes() == song.sound(until)
        assert recordings.of(samples[kind]) is recording


def test_a_song_ends_only_behind_a_frame(samples: dict[str, Path], recordings: Recordings) -> None:
    recording = recordings.of(samples["vbr_v2"])
    with pytest.raises(ValueError, match="no MPEG frame"):
        recording.heard(recording.index.frame_ends[4] + 1)
    assert len(recording.heard(0)) == 0


@pytest.mark.parametrize("seed", range(6))
def test_a_real_players_tape_is_the_stations_sound(
    samples: dict[str, Path], recordings: Recordings, tmp_path: Path, seed: int
) -> None:
    dice = Random(seed)
    path = tmp_path / "tape.wav"
    tape = TapeSink(path, lambda: time.monotonic() * SPEED, lambda s: time.sleep(s / SPEED))
    studio = Studio(tape)
    owed = dice.choice([0, 0, -5, 5])
    studio.programme.slip(owed)
    aired: dict[int, Aired] = {}
    first = dice.randint(1, 3)
    for number in range(5, 9):
        kind = dice.choice(KINDS)
        song = track(samples[kind])
        count = len(song.ends)
        last = dice.choice([count, dice.randint(1, count)])
        until = song.ends[last - 1] if last < count else None
        aired[number] = Aired(number, recordings.of(samples[kind]), until)
        studio.air(number, song, first=min(first, last - 1), last=last)
        first = 0
        if dice.random() < 0.5:
            studio.programme.open()
    studio.close()
    heard = check(path, aired)
    assert heard.is_continuous, (heard.wrong, heard.jumps, read_labels(path))
    assert [piece.number for piece in heard.pieces] == sorted(p.number for p in heard.pieces)
    assert heard.pieces[-1].number == 8
    # Nothing but the beginning of the song that was joined is missing.
    full = sum(len(song.pcm) for song in aired.values() if song.number > 5)
    later = sum(p.samples for p in heard.pieces if p.number > 5)
    assert later + heard.left_out >= full
    assert heard.left_out // 1152 <= max(owed, 0)
    assert heard.repeated // 1152 <= max(-owed, 0)


def noise(seed: int, samples: int) -> Samples:
    return np.random.default_rng(seed).integers(1, 1 << 32, samples, np.uint32)


class Bench:
    """Two songs of noise with a silent stretch each, and a tape of them."""

    def __init__(self, index: AudioIndex) -> None:
        self.pcm = {number: noise(number, 9000) for number in (1, 2)}
        for pcm in self.pcm.values():
            pcm[4000:8000] = 0
        self.aired = {
            number: Aired(number, Recording(Path("nowhere"), index, pcm, RATE, 0, 0))
            for number, pcm in self.pcm.items()
        }
        self.tape: Samples = np.concatenate([self.pcm[1], self.pcm[2]])
        self.labels = [(0, "tune", 1), (0, "song", 1), (9000, "song", 2)]

    def heard(self, *, rate: int = RATE) -> Heard:
        labels = [Label(1, *label) for label in sorted(self.labels, key=lambda label: label[0])]
        return listen({1: Part(rate, self.tape)}, labels, self.aired)

    def cut(self, at: int, samples: int) -> None:
        """Takes something out of the tape."""
        self.tape = np.delete(self.tape, slice(at, at + samples))
        self._shift(at, -samples)

    def put(self, at: int, pcm: Samples) -> None:
        """Puts something into it."""
        self.tape = np.insert(self.tape, at, pcm)
        self._shift(at, len(pcm))

    def _shift(self, at: int, by: int) -> None:
        self.labels = [(a + by if a > at else a, what, n) for a, what, n in self.labels]


@pytest.fixture
def bench(index: AudioIndex) -> Bench:
    return Bench(index)


def test_two_songs_are_in_their_place(bench: Bench) -> None:
    heard = bench.heard()
    assert heard.is_continuous
    assert heard.samples == 18_000
    assert [(p.at, p.number, p.place) for p in heard.pieces] == [(0, 1, 0), (9000, 2, 0)]


def test_a_tape_that_ends_in_a_song_is_continuous(bench: Bench) -> None:
    bench.tape = bench.tape[:12_345]
    assert bench.heard().is_continuous
    bench.tape = bench.tape[:5000]
    bench.labels = bench.labels[:2]
    assert bench.heard().is_continuous


def test_a_sample_that_differs_is_wrong(bench: Bench) -> None:
    bench.tape[10_000] ^= 1
    (wrong,) = bench.heard().wrong
    assert (wrong.at, wrong.samples, wrong.what) == (10_000, 1, "song 2 from sample 1000 on")


@pytest.mark.parametrize("at", [100, 5000])
def test_what_is_missing_without_a_label_is_found_out(bench: Bench, at: int) -> None:
    bench.cut(at, 10)
    heard = bench.heard()
    assert not heard.is_continuous
    assert "song 1 ends at sample 8990 of 9000" in heard.jumps


def test_slips_and_silences_with_their_labels_are_continuous(bench: Bench) -> None:
    bench.put(2000, np.zeros(700, np.uint32))
    bench.labels += [(2000, "silence", 700)]
    bench.cut(5000, 1152)
    bench.labels += [(5000, "slip", 1152)]
    bench.put(6000, np.zeros(1152, np.uint32))
    bench.labels += [(6000, "slip", -1152)]
    heard = bench.heard()
    assert heard.is_continuous, (heard.wrong, heard.jumps)
    assert (heard.left_out, heard.repeated, heard.silent) == (1152, 1152, 700)


def test_a_slip_that_is_heard_is_told(bench: Bench) -> None:
    bench.cut(1000, 1152)
    bench.labels += [(1000, "slip", 1152)]
    assert bench.heard().jumps == ["song 1: no silence at sample 1000"]


def test_the_end_of_a_song_that_was_skipped_may_slip(bench: Bench) -> None:
    recording = bench.aired[1].recording
    bench.aired[1] = Aired(1, recording, recording.index.frame_ends[2])
    bench.cut(2304, 9000 - 2304)
    bench.labels += [(2304, "slip", 1152)]
    bench.labels[2], bench.labels[3] = bench.labels[3], bench.labels[2]
    heard = bench.heard()
    assert heard.is_continuous, (heard.wrong, heard.jumps)
    assert heard.left_out == 1152


def test_what_is_repeated_must_be_silent(bench: Bench) -> None:
    bench.put(1000, bench.pcm[1][:1152])
    bench.labels += [(1000, "slip", -1152)]
    assert [wrong.what for wrong in bench.heard().wrong] == ["what is repeated is no silence"]


def test_a_silence_that_is_none_is_wrong(bench: Bench) -> None:
    bench.put(1000, noise(5, 100))
    bench.labels += [(1000, "silence", 100)]
    assert [wrong.what for wrong in bench.heard().wrong] == ["the tape's own silence is none"]


def test_a_song_is_placed_where_it_was_joined(bench: Bench) -> None:
    bench.cut(0, 4500)
    bench.labels.insert(1, (0, "join", 417))
    heard = bench.heard()
    assert heard.is_continuous, (heard.wrong, heard.jumps)
    assert (heard.joins, heard.pieces[0].place) == (1, 4500)


def test_without_saying_so_nobody_joins(bench: Bench) -> None:
    bench.cut(0, 3000)
    assert not bench.heard().is_continuous


def test_sound_of_another_song_is_wrong_where_it_was_joined(bench: Bench) -> None:
    bench.labels.insert(1, (0, "join", 417))
    bench.tape[:9000] = noise(9, 9000)
    assert [wrong.what for wrong in bench.heard().wrong] == ["not in song 1"]


def test_a_hole_is_a_joining_and_no_jump(bench: Bench) -> None:
    bench.cut(1000, 1000)
    bench.labels += [(1000, "join", 500), (1000, "song", 1)]
    heard = bench.heard()
    assert heard.is_continuous, (heard.wrong, heard.jumps)
    assert heard.joins == 1


def test_a_song_that_was_not_on_the_air_or_out_of_order(bench: Bench) -> None:
    bench.labels[2] = (9000, "song", 4)
    assert bench.heard().jumps == ["song 4 follows song 1", "song 4 was not on the air"]


def test_another_rate_is_wrong(bench: Bench) -> None:
    assert [wrong.what for wrong in bench.heard(rate=48_000).wrong] == [
        "song 1 at 48000 Hz",
        "song 2 at 48000 Hz",
    ]


def test_sound_behind_the_end_of_a_song_is_wrong(bench: Bench) -> None:
    bench.put(9000, noise(3, 50))
    bench.labels[2] = (9050, "song", 2)
    assert [wrong.what for wrong in bench.heard().wrong] == ["song 1 was over"]


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "tape.wav"
    line = '{"part": 1, "at": 0, "what": "song", "number": 7}'
    path.with_name("tape.wav.labels").write_text(f"{line}\n{line[:20]}")
    assert read_labels(path) == [Label(1, 0, "song", 7)]
    assert read_labels(tmp_path / "none.wav") == []
    assert check(tmp_path / "none.wav", {}).is_continuous
