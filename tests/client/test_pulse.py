# SPDX-License-Identifier: GPL-3.0-or-later
"""The real player through the real libasound: what a sound server records is what was decoded."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.trimmer import cuts
from tests.client.audio import decode, read_audio
from tests.mp3_samples import encode, write_wav
from tests.pulse import Pulse, pulse, why_not

pytestmark = [
    pytest.mark.needs_sound,
    pytest.mark.skipif(why_not() is not None, reason=f"no sound server: {why_not()}"),
]

SAMPLE_BYTES = 4


@pytest.fixture(scope="module")
def daemon() -> Iterator[Pulse]:
    with pulse() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("song")
    write_wav(directory / "song.wav", seed=5)
    encode(directory / "song.wav", directory / "song.mp3", "-V", "2")
    return directory / "song.mp3"


def play(daemon: Pulse, song: Path, *pauses: int) -> tuple[list[str], bytes]:
    """Plays in a process of its own; returns what it printed and what was recorded meanwhile."""
    command = [sys.executable, "-m", "tests.client.play_file", "alsa", str(song), *map(str, pauses)]
    with daemon.recording() as recording:
        run = subprocess.run(
            command, env=daemon.environ, check=True, stdout=subprocess.PIPE, text=True
        )
    return run.stdout.splitlines(), recording.read_bytes()


def decoded(song: Path) -> bytes:
    audio, index = read_audio(song)
    assert index.has_gapless
    return decode(
        audio, cuts(delay=index.delay, padding=index.padding, gapless=index.has_gapless)
    ).tobytes()


def test_the_recording_holds_every_decoded_sample_in_one_piece(daemon: Pulse, song: Path) -> None:
    printed, recording = play(daemon, song)
    expected = decoded(song)
    at = recording.find(expected)
    assert at >= 0
    assert at % SAMPLE_BYTES == 0
    assert not recording[:at].strip(b"\0")
    assert not recording[at + len(expected) :].strip(b"\0")
    assert [line.split("(")[0] for line in printed] == ["Started", "Finished", "0"]


def test_a_pause_loses_no_sample(daemon: Pulse, song: Path) -> None:
    printed, recording = play(daemon, song, 700, 1600)
    rest = recording.lstrip(b"\0")
    rest = rest.rjust(-(-len(rest) // SAMPLE_BYTES) * SAMPLE_BYTES, b"\0")
    expected, pieces = decoded(song).lstrip(b"\0"), 0
    expected = expected.rjust(-(-len(expected) // SAMPLE_BYTES) * SAMPLE_BYTES, b"\0")
    while expected:
        same = common_prefix(rest, expected)
        assert same > SAMPLE_BYTES * 4410, "less than 0.1 s between two differences"
        pieces += 1
        expected, rest = expected[same:], rest[same:]
        silence = len(rest) - len(rest.lstrip(b"\0"))
        rest = rest[silence - silence % SAMPLE_BYTES :]
    assert pieces == 3
    assert not rest.strip(b"\0")
    assert printed[-1] == "0"


def common_prefix(one: bytes, other: bytes) -> int:
    """How many bytes, in whole samples, two byte strings have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low - low % SAMPLE_BYTES
