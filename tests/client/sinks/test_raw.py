# SPDX-License-Identifier: GPL-3.0-or-later
"""Bare samples in a file and in a pipe."""

import os
from pathlib import Path

import pytest

from client.sinks.file import PIPE_BYTES, READER_POLL, READER_TIMEOUT, Output
from client.sinks.raw import RawSink
from client.sinks.sink import SAMPLE_BYTES, UNLIMITED, SinkError
from tests.client.sinks.clock import Clock, sound


class TestRaw:
    """Bare samples in a file and in a pipe."""

    def test_a_file_holds_what_was_written(self, tmp_path: Path) -> None:
        sink = RawSink(tmp_path / "song.raw")
        sink.start(44100)
        assert sink.room() == UNLIMITED
        sink.write(sound(10))
        sink.start(48000)
        sink.write(sound(10, first=10))
        sink.close()
        assert (tmp_path / "song.raw").read_bytes() == sound(20)
        with pytest.raises(SinkError, match="closed"):
            sink.write(sound(1))

    @pytest.fixture
    def pipe(self, monkeypatch: pytest.MonkeyPatch) -> tuple[RawSink, int]:
        """A sink on a pipe in the place of standard output, and the end to read from."""
        reader, writer = os.pipe()
        monkeypatch.setattr("client.sinks.file.STDOUT", writer)
        sink = RawSink(None)
        os.close(writer)
        return sink, reader

    def test_standard_output_takes_what_fits_and_says_so(self, pipe: tuple[RawSink, int]) -> None:
        sink, reader = pipe
        assert sink.name == "raw:-"
        assert sink.takes_stdout
        written = b""
        while (room := sink.room()) > 0:
            assert room == PIPE_BYTES
            sink.write(piece := sound(room // SAMPLE_BYTES, first=len(written)))
            written += piece
        assert os.read(reader, len(written)) == written
        assert sink.room() > 0
        sink.close()
        assert os.read(reader, 1) == b""
        os.close(reader)

    def test_a_reader_that_has_gone_is_a_sentence(self, pipe: tuple[RawSink, int]) -> None:
        sink, reader = pipe
        os.close(reader)
        with pytest.raises(SinkError, match="has gone"):
            sink.write(sound(1))
        sink.close()
        sink.close()

    def test_a_full_disk_is_a_sentence(self) -> None:
        sink = RawSink(Path("/dev/full"))
        with pytest.raises(SinkError, match="No space left on device"):
            sink.write(sound(1))
        sink.close()

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(SinkError, match="Is a directory"):
            RawSink(tmp_path)

    def test_a_named_pipe_that_nobody_reads_is_waited_for_and_then_a_sentence(
        self, tmp_path: Path
    ) -> None:
        path, clock = tmp_path / "fifo", Clock()
        os.mkfifo(path)
        with pytest.raises(SinkError, match=r"Nobody reads the pipe .*Start its reader first\."):
            Output(path, clock, clock.sleep)
        assert READER_TIMEOUT <= clock.now - 50.0 <= READER_TIMEOUT + 2 * READER_POLL

    def test_a_reader_that_comes_a_little_later_gets_the_sound(self, tmp_path: Path) -> None:
        path, clock = tmp_path / "fifo", Clock()
        os.mkfifo(path)
        readers: list[int] = []

        def sleep(seconds: float) -> None:
            clock.sleep(seconds)
            if not readers:
                readers.append(os.open(path, os.O_RDONLY | os.O_NONBLOCK))

        output = Output(path, clock, sleep)
        output.write(sound(10))
        output.close()
        assert os.read(readers[0], 1000) == sound(10)
        os.close(readers[0])
