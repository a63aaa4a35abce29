# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound in WAV files."""

import os
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.sinks.sink import UNLIMITED, SinkError
from client.sinks.wav import WavSink, header
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
        full_sink = WavSink(Path("/dev/full"))
        with pytest.raises(SinkError, match=r"Cannot write /dev/full: No space left on device\."):
            full_sink.write(sound(1))
        full_sink.close()
        sink = WavSink(tmp_path / "song.wav")
        sink.start(44100)
        sink.write(sound(1))
        with Path("/dev/full").open("wb") as full:
            output = sink._output  # pyright: ignore[reportPrivateUsage]
            assert output is not None
            os.dup2(full.fileno(), output._fd)  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(SinkError, match="No space left on device"):
            sink.write(sound(1))
        with pytest.raises(SinkError, match="Cannot write"):
            sink.close()
        sink.close()

    def test_what_was_heard_to_its_end_is_whole_on_the_disk(self, tmp_path: Path) -> None:
        path = tmp_path / "song.wav"
        sink = WavSink(path)
        for songs in (1, 2):
            sink.start(44100)
            sink.write(sound(10))
            sink.drain()
            with wave.open(str(path)) as file:
                assert file.getnframes() == songs * 10
        sink.close()

    @pytest.fixture
    def pipe(self, tmp_path: Path) -> Iterator[tuple[WavSink, int]]:
        """A sink on a named pipe, and the end to read from."""
        path = tmp_path / "fifo"
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        yield WavSink(path), reader
        os.close(reader)

    def test_a_pipe_gets_a_header_that_does_not_say_how_long(
        self, pipe: tuple[WavSink, int]
    ) -> None:
        sink, reader = pipe
        sink.start(48000)
        for _ in range(2):
            sink.write(sound(10))
            sink.drain()
            sink.start(48000)
        sink.close()
        # RIFF of unknown size; PCM, two channels, 48 kHz, 192,000 bytes a second, 4 a moment.
        golden = bytes.fromhex(
            "52494646 ffffffff 57415645 666d7420 10000000 0100 0200 80bb0000 00ee0200 0400 1000"
            "64617461 ffffffff"
        )
        assert os.read(reader, 1000) == golden + sound(10) * 2

    def test_a_pipe_keeps_its_rate(self, pipe: tuple[WavSink, int]) -> None:
        sink, _ = pipe
        sink.start(48000)
        sink.write(sound(1))
        with pytest.raises(SinkError, match=r"has 44100 Hz, .* the pipe 48000 Hz\. Name a file"):
            sink.start(44100)
        sink.close()

    def test_a_pipe_whose_reader_is_slow_has_no_room(self, pipe: tuple[WavSink, int]) -> None:
        sink, reader = pipe
        sink.start(44100)
        while (room := sink.room()) > 0:
            sink.write(sound(room // 8))
        assert os.read(reader, 1 << 20)
        assert sink.room() > 0
        sink.close()

    def test_a_size_that_does_not_fit_is_given_as_unknown(self) -> None:
        assert header(44100, 1 << 32) == header(44100, None)
        assert header(44100, 100)[-4:] == bytes.fromhex("64000000")

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
