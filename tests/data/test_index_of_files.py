# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of real files, against mpg123 and LAME's own count."""

import subprocess
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from data.index import AudioIndex, NotMp3, index_audio
from tests.data.frames import (
    audio_of,
)
from tests.mp3_samples import ENCODED, KINDS, SECONDS, encode

# Where mpg123 takes tags or junk for sound, or looks no further than 1024 bytes of junk.
FOOLS_MPG123 = {
    "ape_tags",
    "id3v1_enhanced_lyrics3",
    "garbage_middle",
    "junk_in_front",
    "vbri",
}


def samples_in(index: AudioIndex) -> int:
    firsts = [segment.first_frame for segment in index.segments] + [index.frame_count]
    counts = (b - a for a, b in pairwise(firsts))
    return sum(n * segment.samples for n, segment in zip(counts, index.segments, strict=True))


def read_index(path: Path) -> AudioIndex:
    with path.open("rb") as file:
        return index_audio(file)


class TestRealFiles:
    """Every kind of sample, against what others say about it."""

    @pytest.mark.parametrize("kind", sorted(set(KINDS) - FOOLS_MPG123))
    def test_as_many_samples_as_mpg123_decodes(self, kind: str, samples: dict[str, Path]) -> None:
        command = ["mpg123", "-q", "--no-gapless", "--stereo", "-s", str(samples[kind])]
        decoded = subprocess.run(command, check=True, capture_output=True).stdout
        assert samples_in(read_index(samples[kind])) == len(decoded) // 4

    @pytest.mark.parametrize("kind", ENCODED)
    def test_as_many_frames_as_lame_says_and_as_much_sound_as_went_in(
        self, kind: str, samples: dict[str, Path]
    ) -> None:
        index = read_index(samples[kind])
        content = samples[kind].read_bytes()
        audio = audio_of(content, index)
        assert sha256(audio).digest() == index.digest
        if not index.has_gapless:
            assert audio == content
            return
        front = content[: index.extents[0].file_offset]
        mark = max(front.rfind(b"Xing"), front.rfind(b"Info"))
        assert int.from_bytes(front[mark + 8 : mark + 12], "big") == index.frame_count
        music = samples_in(index) - index.delay - index.padding
        assert music == round(SECONDS * index.sample_rate)

    @pytest.mark.parametrize(
        ("kind", "same_audio_as"),
        [
            ("several_id3v2", "cbr128_joint"),
            ("id3v2_footer", "cbr128_joint"),
            ("id3v1_id3v2", "cbr128_joint"),
            ("ape_tags", "cbr128_joint"),
            ("id3v1_enhanced_lyrics3", "cbr128_joint"),
            ("xing_plain", "vbr_no_info"),
            ("vbri", "vbr_no_info"),
            ("garbage_middle", "no_info"),
            ("junk_in_front", "no_info"),
        ],
    )
    def test_tags_and_junk_are_no_audio(
        self, kind: str, same_audio_as: str, samples: dict[str, Path]
    ) -> None:
        index, plain = read_index(samples[kind]), read_index(samples[same_audio_as])
        assert index.digest == plain.digest
        assert index.frame_ends == plain.frame_ends
        assert (index.delay, index.padding) == (plain.delay, plain.padding)

    def test_segments_of_a_file_whose_sample_rate_changes(self, samples: dict[str, Path]) -> None:
        index = read_index(samples["rate_change"])
        assert [segment.sample_rate for segment in index.segments] == [44100, 48000, 44100]
        assert index.sample_rate == 44100
        parts = [read_index(samples[kind]) for kind in ("no_info", "rate48", "no_info")]
        assert index.duration_us == sum(part.duration_us for part in parts)

    def test_padding_is_less_by_what_is_missing(self, samples: dict[str, Path]) -> None:
        index = read_index(samples["truncated"])
        assert (index.has_gapless, index.delay, index.padding) == (True, 576, 0)

    def test_padding_of_joined_files_is_in_the_middle(self, samples: dict[str, Path]) -> None:
        index = read_index(samples["joined"])
        assert (index.has_gapless, index.delay, index.padding) == (True, 576, 0)

    @pytest.mark.parametrize("kind", KINDS)
    def test_runs_and_stored_form(self, kind: str, samples: dict[str, Path]) -> None:
        content = samples[kind].read_bytes()
        index = read_index(samples[kind])
        assert AudioIndex.from_bytes(index.to_bytes()) == index
        runs = index.runs(0, index.total, 4096)
        audio = b"".join(content[run.file_offset : run.file_offset + run.length] for run in runs)
        assert sha256(audio).digest() == index.digest

    def test_a_wav_named_mp3_is_refused(self, samples: dict[str, Path]) -> None:
        for wav in samples["no_info"].parent.glob("*.wav"):
            with pytest.raises(NotMp3, match="WAV"):
                read_index(wav)

    def test_free_format_is_refused(self, samples: dict[str, Path], tmp_path: Path) -> None:
        encode(
            samples["no_info"].parent / "stereo44.wav", tmp_path / "x", "--freeformat", "-b", "99"
        )
        with pytest.raises(NotMp3, match="free format"):
            read_index(tmp_path / "x")
