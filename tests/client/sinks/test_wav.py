# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound in WAV files."""

import os
import wave
from pathlib import Path

import pytest

from client.sinks.sink import UNLIMITED, SinkError
from client.sinks.wav import WavSink
from common.errors import MisuseError
from tests.client.sinks.clock import sound


class TestWav:
    """Sound in a WAV file."""

    def test_holds_what_was_written(self, tmp_path: Path) -> None:
        path = tmp_path / "song.wav"
        sink = WavSink(path)
        sink.start(44100)
        sink.write(sound(10))
        sink.pause()
        sink.drop()
        sink.start(44100)
        sink.write(sound(5, first=10))
        assert (sink.room(), sink.delay()) == (UNLIMITED, 0)
        sink.release()
        sink.close()
        sink.close()
        with wave.open(str(path)) as file:
            assert file.getparams()[:4] == (2, 2, 44100, 15)
            assert file.readframes(100) == sound(15)

    def test_another_rate_goes_into_another_file(self, tmp_path: Path) -> None:
        sink = WavSink(tmp_path / "song.wav")
        for rate, samples in ((44100, 3), (48000, 4), (44100, 5)):
            sink.start(rate)
            sink.write(sound(samples))
        sink.close()
        found = {}
        for path in tmp_path.iterdir():
            with wave.open(str(path)) as file:
                found[path.name] = file.getframerate(), file.getnframes()
        assert found == {
            "song.wav": (44100, 3),
            "song.2.wav": (48000, 4),
            "song.3.wav": (44100, 5),
        }

    def test_a_folder_that_does_not_exist_is_a_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(SinkError, match=r"No such file or directory\. Name another file"):
            WavSink(tmp_path / "none" / "song.wav")

    def test_a_full_disk_is_a_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(SinkError, match="No space left on device"):
            WavSink(Path("/dev/full"))
        sink = WavSink(tmp_path / "song.wav")
        sink.start(44100)
        sink.write(sound(1))
        with Path("/dev/full").open("wb") as full:
            os.dup2(full.fileno(), sink._out.fileno())  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(SinkError, match="No space left on device"):
            sink.write(sound(100_000))
        with pytest.raises(SinkError, match="No space left on device"):
            sink.close()

    def test_write_after_close_is_our_mistake(self, tmp_path: Path) -> None:
        sink = WavSink(tmp_path / "song.wav")
        sink.close()
        with pytest.raises(MisuseError):
            sink.write(sound(1))

    @pytest.mark.parametrize("rates", [(), (44100,), (48000,), (48000, 44100)])
    def test_a_file_without_sound_is_a_wav_file_too(
        self, tmp_path: Path, rates: tuple[int, ...]
    ) -> None:
        sink = WavSink(tmp_path / "song.wav")
        for rate in rates:
            sink.start(rate)
        sink.close()
        assert [path.name for path in tmp_path.iterdir()] == ["song.wav"]
        with wave.open(str(tmp_path / "song.wav")) as file:
            assert file.getnframes() == 0
            assert file.getframerate() == (rates or (44100,))[-1]
