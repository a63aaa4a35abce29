# SPDX-License-Identifier: GPL-3.0-or-later
"""From the file on the server to the sound card: what is recorded there is what was decoded.

Everything is real: a server process, a client process told what to do on its command line,
libmad, libasound, and a sound server whose monitor is the ear.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.trimmer import cuts
from tests.client.audio import decode, read_audio
from tests.e2e.server_process import ROOT, ServerProcess, running_server
from tests.mp3_samples import encode, write_wav
from tests.pulse import Pulse, pulse, why_not

pytestmark = [
    pytest.mark.needs_sound,
    pytest.mark.skipif(why_not() is not None, reason=f"no sound server: {why_not()}"),
]

SAMPLE = 4  # bytes of one sample of both channels
TENTH = 4410 * SAMPLE  # bytes of a tenth of a second


@pytest.fixture(scope="module")
def ear() -> Iterator[Pulse]:
    with pulse() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two songs of three seconds, with different sound and different settings."""
    folder = tmp_path_factory.mktemp("songs")
    made: list[Path] = []
    for number, options in enumerate((("-V", "2"), ("-b", "128")), 1):
        wav = folder / f"{number}.wav"
        write_wav(wav, seed=100 + number)
        made.append(folder / f"{number}.mp3")
        encode(wav, made[-1], *options)
        wav.unlink()
    return made


@pytest.fixture(scope="module")
def station(songs: list[Path]) -> Iterator[ServerProcess]:
    with running_server(songs[0].parent, "--state", "none") as process:
        yield process


def heard(ear: Pulse, station: ServerProcess, *commands: str) -> bytes:
    """What the sound card was given while a client did what it was told."""
    words = [word for command in commands for word in ("-c", command)]
    client = [sys.executable, "-m", "client", station.host, str(station.port), "--sink", "alsa"]
    with ear.recording() as recording:
        subprocess.run([*client, *words], env=ear.environ, cwd=ROOT, check=True, timeout=60)
    return recording.read_bytes()


def decoded(song: Path) -> bytes:
    audio, index = read_audio(song)
    trim = cuts(delay=index.delay, padding=index.padding, gapless=index.has_gapless)
    return decode(audio, trim).tobytes()


def test_a_song_is_heard_sample_for_sample(
    ear: Pulse, station: ServerProcess, songs: list[Path]
) -> None:
    recording = heard(ear, station, "play 1", "wait")
    expected = decoded(songs[0])
    at = recording.find(expected)
    assert at >= 0
    assert at % SAMPLE == 0
    assert not recording[:at].strip(b"\0")
    assert not recording[at + len(expected) :].strip(b"\0")


def test_behind_a_switch_nothing_of_the_old_song_is_heard(
    ear: Pulse, station: ServerProcess, songs: list[Path]
) -> None:
    recording = heard(ear, station, "play 1", "wait 1", "play 2", "wait")
    first, second = (decoded(song) for song in songs)
    begin = recording.find(first[:TENTH])
    switch = recording.find(second)
    assert 0 <= begin < switch
    # What lies between is the old song from its beginning, cut off, and perhaps silence.
    old = recording[begin:switch].rstrip(b"\0")
    assert TENTH < len(old) < len(first)
    assert first.startswith(old)
    assert not recording[switch + len(second) :].strip(b"\0")


def test_stop_silences_the_song(ear: Pulse, station: ServerProcess, songs: list[Path]) -> None:
    recording = heard(ear, station, "play 1", "wait 1", "stop")
    first = decoded(songs[0])
    begin = recording.find(first[:TENTH])
    sound = recording[begin:].rstrip(b"\0")
    assert begin >= 0
    assert TENTH < len(sound) < len(first)
    assert first.startswith(sound)
