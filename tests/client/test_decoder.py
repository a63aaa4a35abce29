# SPDX-License-Identifier: GPL-3.0-or-later
"""The decoder against mpg123 on every kind of file, and against sources that misbehave."""

import gc
import random
import weakref
from array import array
from pathlib import Path

import pytest

from client.decoder import SAMPLE_BYTES, DecodeError, MadDecoder
from client.feed import FEW_STRAY, MOST_SILENT, MOST_STRAY
from client.trimmer import Cuts
from data.mpeg import LONGEST_FRAME
from tests.client.audio import BytesSource, decode, mpg123, read_audio
from tests.mp3_samples import KINDS

# Where mpg123 takes what stands in tags or between frames for frames, it is given the audio alone.
MISLEADING = {
    "ape_tags",
    "garbage_middle",
    "id3v1_enhanced_lyrics3",
    "joined",
    "junk_in_front",
    "vbri",
}
# Where the format changes, mpg123 forgets the overlap of the last frame and libmad keeps it: one
# frame from there on differs, and both are right. Index of that frame -> what changes.
SEAMS = {"rate_change": (116, 242), "mono_to_stereo": (116,)}


def differing(one: "array[int]", other: "array[int]") -> list[int]:
    """The frames (of 1152 samples) in which some sample differs by more than one."""
    assert len(one) == len(other)
    pairs = zip(one, other, strict=True)
    return sorted({i // 2304 for i, (a, b) in enumerate(pairs) if abs(a - b) > 1})


def read_all(decoder: MadDecoder) -> None:
    while decoder.read() is not None:
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_sounds_as_with_mpg123(samples: dict[str, Path], kind: str, tmp_path: Path) -> None:
    audio, index = read_audio(samples[kind])
    path = samples[kind]
    if kind in MISLEADING:
        path = tmp_path / "audio.mp3"
        path.write_bytes(audio)
    mine = decode(audio)
    assert len(mine) > 0
    assert differing(mine, mpg123(path, "--no-gapless")) == list(SEAMS.get(kind, ()))
    assert index.frame_count > 0


@pytest.mark.parametrize("kind", ["cbr128_joint", "vbr_v2", "mono64", "rate48", "mpeg2_22k"])
def test_from_the_middle_time_goes_on_as_with_mpg123(
    samples: dict[str, Path], kind: str, tmp_path: Path
) -> None:
    # The first frames refer to bytes before the cut. They are silent, and not left out.
    audio, index = read_audio(samples[kind])
    path = tmp_path / "rest.mp3"
    path.write_bytes(audio[index.offset_of_frame(30) :])
    assert differing(decode(path.read_bytes()), mpg123(path, "--no-gapless")) == []


@pytest.mark.parametrize("most", [1, 7, 400, 100_000])
def test_the_pieces_of_the_source_do_not_matter(samples: dict[str, Path], most: int) -> None:
    audio, _ = read_audio(samples["vbr_v2"])
    assert decode(audio, most=most) == decode(audio)


def test_a_single_frame_is_decoded(samples: dict[str, Path]) -> None:
    audio, index = read_audio(samples["no_info"])
    decoder = MadDecoder(BytesSource(audio[: index.offset_of_frame(1)]))
    read_all(decoder)
    assert decoder.decoded == 1


def test_frames_that_are_damaged_become_silence(samples: dict[str, Path]) -> None:
    audio, index = read_audio(samples["crc"])
    damaged, undamaged = bytearray(audio), decode(audio)
    at = index.offset_of_frame(50)
    damaged[at + 4 : at + 6] = b"\0\0"  # the checksum is wrong: libmad skips the frame
    mine = decode(bytes(damaged))
    assert len(mine) == len(undamaged)
    assert not any(mine[50 * 2304 : 51 * 2304])
    # The next frames lean on it, and then all is as it was.
    assert mine[: 50 * 2304] == undamaged[: 50 * 2304]
    assert mine[55 * 2304 :] == undamaged[55 * 2304 :]


@pytest.mark.parametrize("seed", range(20))
def test_random_damage_ends_neither_song_nor_process(samples: dict[str, Path], seed: int) -> None:
    rng = random.Random(seed)
    audio, index = read_audio(samples["cbr128_joint"])
    damaged = bytearray(audio)
    for _ in range(200):
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    assert len(decode(bytes(damaged))) > index.frame_count * 1152


@pytest.mark.parametrize("size", [500, 20_000, 60_000, 200_000])
@pytest.mark.parametrize("seed", range(5))
def test_noise_is_no_sound_though_some_of_it_looks_like_frames(seed: int, size: int) -> None:
    decoder = MadDecoder(BytesSource(random.Random(seed).randbytes(size)))
    with pytest.raises(DecodeError, match="read: most of it is no MP3 sound"):
        read_all(decoder)
    assert decoder.decoded < 5


def test_a_song_with_some_junk_is_heard(samples: dict[str, Path]) -> None:
    audio, index = read_audio(samples["no_info"])
    junk = bytes(FEW_STRAY)
    assert len(audio) < FEW_STRAY * 2
    for content in (junk[: len(audio) // 2] + audio, audio + junk[: len(audio) // 2]):
        decoder = MadDecoder(BytesSource(content))
        read_all(decoder)
        assert decoder.decoded == index.frame_count


def test_junk_behind_a_short_song_is_no_song(samples: dict[str, Path]) -> None:
    audio, index = read_audio(samples["no_info"])
    frames = audio[: index.offset_of_frame(3)]
    decoder = MadDecoder(BytesSource(frames + bytes(2 * len(frames))))
    with pytest.raises(DecodeError, match="most of it is no MP3 sound"):
        read_all(decoder)


class Endless:
    """A source that repeats one piece for ever."""

    def __init__(self, piece: bytes) -> None:
        self.taken = 0  # bytes
        self._piece = piece

    def read(self, size: int, /) -> bytes:
        at = self.taken % len(self._piece)
        piece = self._piece[at : at + size]
        self.taken += len(piece)
        return piece


@pytest.mark.parametrize(
    "junk",
    [random.Random(2).randbytes(10_000), bytes(999), b"\xff" * 999, b"\xff\0" * 999],
    ids=["random", "zeros", "ones", "both"],
)
def test_what_is_no_mp3_at_all_is_given_up(junk: bytes) -> None:
    source = Endless(junk)
    with pytest.raises(DecodeError, match="read: most of it is no MP3 sound"):
        read_all(MadDecoder(source))
    assert source.taken <= FEW_STRAY + MOST_SILENT


def test_what_was_given_up_is_freed() -> None:
    def give_up() -> weakref.ref[MadDecoder]:
        decoder = MadDecoder(BytesSource(b"junk" * FEW_STRAY))
        with pytest.raises(DecodeError):
            read_all(decoder)
        return weakref.ref(decoder)

    given_up = give_up()
    gc.collect()
    assert given_up() is None


def test_frames_that_hold_no_sound_are_given_up() -> None:
    source = Endless(bytes.fromhex("fffb9064") + random.Random(3).randbytes(413))
    with pytest.raises(DecodeError, match="read: 1 MiB of it in a row cannot be decoded"):
        read_all(MadDecoder(source))
    assert source.taken <= MOST_SILENT + 2 * LONGEST_FRAME


def test_junk_between_sounds_counts_together(samples: dict[str, Path]) -> None:
    audio, index = read_audio(samples["no_info"])
    frames = audio[: index.offset_of_frame(30)]
    source = Endless(frames + bytes(10_000))
    decoder = MadDecoder(source)
    with pytest.raises(DecodeError, match="read: 256 KiB of it are no MP3 frames"):
        read_all(decoder)
    assert decoder.decoded >= MOST_STRAY // 10_000 * 29


def test_silent_frames_between_sounds_do_not(samples: dict[str, Path]) -> None:
    audio, index = read_audio(samples["no_info"])
    frames = audio[: index.offset_of_frame(30)]
    silent = (bytes.fromhex("fffb9064") + random.Random(3).randbytes(413)) * 30
    decoder = MadDecoder(BytesSource((frames + silent) * (2 * MOST_SILENT // len(silent))))
    read_all(decoder)
    assert decoder.decoded > MOST_SILENT // len(silent) * 29


def test_an_empty_source_is_no_sound() -> None:
    decoder = MadDecoder(BytesSource(b""))
    assert decoder.read() is None
    assert decoder.read() is None
    assert decoder.decoded == 0


def test_the_constructor_does_not_touch_the_source() -> None:
    class Untouchable:
        def read(self, size: int, /) -> bytes:
            raise AssertionError("read too early")

    MadDecoder(Untouchable())


def test_an_error_of_the_source_comes_out_as_a_decode_error(samples: dict[str, Path]) -> None:
    audio, _ = read_audio(samples["no_info"])

    class Breaking(BytesSource):
        def read(self, size: int, /) -> bytes:
            if self._at > 10_000:
                raise OSError("the link broke")
            return super().read(size)

    decoder = MadDecoder(Breaking(audio))
    with pytest.raises(DecodeError, match="the link broke"):
        read_all(decoder)
    assert decoder.decoded > 10


def test_a_source_that_gives_too_much_is_stopped_before_it_reaches_libmad() -> None:
    class Generous:
        def read(self, size: int, /) -> bytes:
            return bytes(size + 1)

    with pytest.raises(DecodeError, match="returned 5 bytes where 4 fit"):
        MadDecoder(Generous()).read()


def test_the_rate_is_told_with_each_piece(samples: dict[str, Path]) -> None:
    audio, index = read_audio(samples["rate_change"])
    decoder = MadDecoder(BytesSource(audio))
    rates: list[tuple[int, int]] = []
    while (pcm := decoder.read()) is not None:
        rates.append((pcm.rate, len(pcm.samples) // SAMPLE_BYTES))
    assert rates == [
        (segment.sample_rate, segment.samples)
        for segment, next_first in zip(
            index.segments,
            [*(s.first_frame for s in index.segments[1:]), index.frame_count],
            strict=True,
        )
        for _ in range(next_first - segment.first_frame)
    ]


def test_mono_is_doubled(samples: dict[str, Path]) -> None:
    mine = decode(read_audio(samples["mono64"])[0])
    assert mine[::2] == mine[1::2]


def test_gapless_cut_equals_mpg123(samples: dict[str, Path]) -> None:
    # The cut itself is tested in test_trimmer.py; here one sample more or less would show.
    audio, index = read_audio(samples["vbr_v2"])
    cuts = Cuts(index.delay + 529, index.padding - 529)
    assert differing(decode(audio, cuts), mpg123(samples["vbr_v2"], "--gapless")) == []
