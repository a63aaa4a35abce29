# SPDX-License-Identifier: GPL-3.0-or-later
"""The sinks: the silent one and the card on a clock of the test's, the files as files."""

import os
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from client.sinks import Sink, SinkError, open_sink
from client.sinks.alsa import open_pcm
from client.sinks.card import EPIPE, CardSink, Device
from client.sinks.null import BUFFER_S, NullSink
from client.sinks.raw import PIPE_BYTES, RawSink
from client.sinks.sink import SAMPLE_BYTES, UNLIMITED
from client.sinks.wav import WavSink
from common.errors import MisuseError

RATE = 1000  # Hz, for easy numbers: a sample is a millisecond


class Clock:
    """Time that passes only when told, or while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def sound(samples: int, first: int = 0) -> bytes:
    return b"".join(i.to_bytes(SAMPLE_BYTES, "big") for i in range(first, first + samples))


class TestNull:
    """The silent sink."""

    def sink(self, clock: Clock) -> NullSink:
        sink = NullSink(clock, clock.sleep)
        sink.start(RATE)
        return sink

    def test_takes_as_long_as_the_sound_lasts(self) -> None:
        clock = Clock()
        sink = self.sink(clock)
        for _ in range(10):
            sink.write(sound(100))
        sink.drain()
        assert clock.now == pytest.approx(51.0)
        assert sink.gaps == 0

    def test_takes_at_once_what_fits_its_buffer(self) -> None:
        clock = Clock()
        sink = self.sink(clock)
        assert sink.room() == BUFFER_S * RATE * SAMPLE_BYTES
        sink.write(sound(150))
        assert clock.now == 50.0
        assert sink.delay() == pytest.approx(0.15)
        assert sink.room() == 50 * SAMPLE_BYTES
        sink.write(sound(100))
        assert clock.now == pytest.approx(50.05)
        assert sink.room() == 0

    def test_counts_sound_that_comes_too_late(self) -> None:
        clock = Clock()
        sink = self.sink(clock)
        sink.write(sound(100))
        clock.now += 0.1  # just in time
        sink.write(sound(100))
        assert sink.gaps == 0
        clock.now += 0.3
        sink.write(sound(100))
        assert sink.gaps == 1
        assert sink.delay() == pytest.approx(0.1)

    def test_a_pause_stops_the_clock(self) -> None:
        clock = Clock()
        sink = self.sink(clock)
        sink.write(sound(150))
        clock.now += 0.05
        sink.pause()
        clock.now += 10
        sink.pause()
        assert sink.delay() == pytest.approx(0.1)
        assert sink.room() == 0
        sink.resume()
        assert sink.delay() == pytest.approx(0.1)
        clock.now += 0.1
        sink.write(sound(1))
        assert sink.gaps == 0

    def test_a_drop_forgets_and_ends_a_pause(self) -> None:
        clock = Clock()
        sink = self.sink(clock)
        sink.write(sound(150))
        sink.pause()
        sink.drop()
        assert sink.delay() == 0
        assert sink.room() == BUFFER_S * RATE * SAMPLE_BYTES
        clock.now += 10
        sink.write(sound(1))
        assert sink.gaps == 0
        sink.release()
        sink.close()


class FakeDevice:
    """A device that plays as the clock tells, into `played`."""

    def __init__(self, clock: Clock, *, can_pause: bool = True) -> None:
        self.rate = RATE
        self.buffer = 100
        self.can_pause = can_pause
        self.played = b""
        self.queue = b""
        self.calls: list[str] = []
        self.answers: list[int | OSError] = []  # to the next writes, instead of taking them
        self.pause_fails = False
        self._clock = clock
        self._since = clock.now
        self._is_running = False

    def write(self, data: bytes | memoryview, /) -> int:
        self._play()
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, OSError):
                raise answer
            return answer
        fits = self.buffer - len(self.queue) // SAMPLE_BYTES
        taken = min(fits, len(data) // SAMPLE_BYTES)
        if taken == 0:
            self._clock.now += 0.001
        self.queue += bytes(data[: taken * SAMPLE_BYTES])
        self._is_running = True
        return taken

    def avail(self) -> int:
        self._play()
        if self._is_running and not self.queue:
            return EPIPE
        return self.buffer - len(self.queue) // SAMPLE_BYTES

    def pause(self, enable: int, /) -> int:
        self._play()
        self.calls.append(f"pause {enable}")
        if self.pause_fails:
            raise OSError("not supported")
        self._is_running = not enable
        return 0

    def drop(self) -> int:
        self._play()
        self.calls.append("drop")
        self.queue, self._is_running = b"", False
        return 0

    def drain(self) -> int:
        self.calls.append("drain")
        self.played, self.queue, self._is_running = self.played + self.queue, b"", False
        return 0

    def close(self) -> None:
        self.calls.append("close")

    def _play(self) -> None:
        passed, self._since = self._clock.now - self._since, self._clock.now
        if self._is_running:
            heard = round(passed * RATE) * SAMPLE_BYTES
            self.played, self.queue = self.played + self.queue[:heard], self.queue[heard:]


class Cards:
    """Opens FakeDevices and remembers them."""

    def __init__(self, clock: Clock, *, can_pause: bool = True) -> None:
        self.opened: list[FakeDevice] = []
        self.rates: list[int] = []
        self.fails: OSError | None = None
        self.only: int | None = None  # the one rate that the card plays
        self._make: Callable[[], FakeDevice] = lambda: FakeDevice(clock, can_pause=can_pause)

    def __call__(self, name: str, rate: int) -> Device:
        if self.fails is not None:
            raise self.fails
        device = self._make()
        device.rate = self.only or rate
        self.opened.append(device)
        self.rates.append(rate)
        return device

    def sink(self, clock: Clock) -> CardSink:
        sink = CardSink("front", self, clock)
        sink.start(RATE)
        return sink


class TestCard:
    """The sound card as a device that the test plays."""

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def cards(self, clock: Clock) -> Cards:
        return Cards(clock)

    def test_is_open_before_the_first_song_and_reopened_for_another_rate(
        self, clock: Clock, cards: Cards
    ) -> None:
        sink = CardSink("front", cards, clock)
        sink.start(44100)
        assert cards.rates == [44100]
        sink.start(48000)
        assert cards.rates == [44100, 48000]
        assert cards.opened[0].calls == ["drop", "close"]
        assert sink.name == "alsa:front"
        assert sink.prefill == 100 * SAMPLE_BYTES

    def test_a_device_that_does_not_open_is_a_sentence(self, clock: Clock, cards: Cards) -> None:
        cards.fails = OSError("Device or resource busy")
        with pytest.raises(SinkError, match=r"'front' does not open: Device .* --sink null"):
            CardSink("front", cards, clock)

    def test_a_device_that_plays_another_rate_is_refused(self, clock: Clock, cards: Cards) -> None:
        cards.only = 48000
        with pytest.raises(SinkError, match="cannot play 44100 Hz"):
            CardSink("front", cards, clock)
        assert cards.opened[0].calls == ["drop", "close"]

    def test_plays_all_and_knows_how_much_is_on_its_way(self, clock: Clock, cards: Cards) -> None:
        sink = cards.sink(clock)
        device = cards.opened[-1]
        assert sink.room() == 100 * SAMPLE_BYTES
        assert sink.delay() == 0
        sink.write(sound(60))
        assert sink.delay() == pytest.approx(0.06)
        clock.now += 0.02
        assert sink.delay() == pytest.approx(0.04)
        assert sink.room() == 60 * SAMPLE_BYTES
        sink.write(sound(40, first=60))
        sink.drain()
        assert device.played == sound(100)
        assert sink.gaps == 0

    def test_a_write_that_is_too_long_waits_and_goes_on(self, clock: Clock, cards: Cards) -> None:
        sink = cards.sink(clock)
        sink.write(sound(350))
        sink.drain()
        assert cards.opened[-1].played == sound(350)

    def test_what_an_underrun_threw_away_is_written_again(self, clock: Clock, cards: Cards) -> None:
        sink = cards.sink(clock)
        device = cards.opened[-1]
        sink.write(sound(10))
        clock.now += 1.0
        assert sink.room() == 100 * SAMPLE_BYTES
        assert sink.delay() == 0
        device.answers = [EPIPE]
        sink.write(sound(10, first=10))
        sink.drain()
        assert device.played == sound(20)
        assert sink.gaps == 1

    def test_a_gap_too_short_for_an_underrun_counts_by_the_clock(
        self, clock: Clock, cards: Cards
    ) -> None:
        sink = cards.sink(clock)
        sink.write(sound(10))
        clock.now += 0.02
        sink.write(sound(10))
        assert sink.gaps == 1

    def test_a_device_that_takes_nothing_is_an_error_and_no_hang(
        self, clock: Clock, cards: Cards
    ) -> None:
        sink = cards.sink(clock)
        cards.opened[-1].answers = [EPIPE] * 10
        with pytest.raises(SinkError, match="takes no sound"):
            sink.write(sound(10))

    def test_a_device_that_broke_is_opened_again(self, clock: Clock, cards: Cards) -> None:
        sink = cards.sink(clock)
        cards.opened[-1].answers = [OSError("Streams pipe error")]
        sink.write(sound(10))
        sink.drain()
        assert cards.opened[-1].played == sound(10)
        assert len(cards.opened) == 3

    def test_a_device_that_is_gone_is_a_sentence(self, clock: Clock, cards: Cards) -> None:
        sink = cards.sink(clock)
        cards.opened[-1].answers = [OSError("No such device")]
        cards.fails = OSError("No such device")
        with pytest.raises(SinkError, match="'front' does not open: No such device"):
            sink.write(sound(10))
        with pytest.raises(MisuseError):
            sink.write(sound(10))

    @pytest.mark.parametrize(
        ("can_pause", "pause_fails"), [(True, False), (False, False), (True, True)]
    )
    def test_a_pause_loses_nothing(self, clock: Clock, can_pause: bool, pause_fails: bool) -> None:
        cards = Cards(clock, can_pause=can_pause)
        sink = cards.sink(clock)
        device = cards.opened[-1]
        device.pause_fails = pause_fails
        sink.write(sound(80))
        clock.now += 0.03
        sink.pause()
        sink.pause()
        assert sink.room() == 0
        assert sink.delay() == pytest.approx(0.05)
        clock.now += 10
        assert device.played == sound(30)
        sink.resume()
        assert sink.delay() == pytest.approx(0.05)
        sink.write(sound(20, first=80))
        sink.drain()
        assert device.played == sound(100)
        assert sink.gaps == 0
        stopped_itself = can_pause and not pause_fails
        assert ("pause 0" in device.calls) == stopped_itself
        assert ("drop" in device.calls) != stopped_itself

    def test_a_pause_and_another_before_the_first_has_played_out(self, clock: Clock) -> None:
        cards = Cards(clock, can_pause=False)
        sink = cards.sink(clock)
        sink.write(sound(80))
        for _ in range(3):
            clock.now += 0.01
            sink.pause()
            sink.resume()
        sink.drain()
        assert cards.opened[-1].played == sound(80)

    def test_a_pause_of_silence(self, clock: Clock, cards: Cards) -> None:
        sink = cards.sink(clock)
        sink.pause()
        assert sink.room() == 0
        sink.resume()
        assert sink.room() == 100 * SAMPLE_BYTES
        assert cards.opened[-1].calls == []

    def test_a_drop_silences_and_ends_a_pause(self, clock: Clock, cards: Cards) -> None:
        sink = cards.sink(clock)
        sink.write(sound(80))
        sink.pause()
        sink.drop()
        assert cards.opened[-1].queue == b""
        assert sink.room() == 100 * SAMPLE_BYTES
        assert sink.delay() == 0
        clock.now += 10
        sink.write(sound(1))
        assert sink.gaps == 0

    def test_a_drain_of_silence_does_not_reach_the_device(self, clock: Clock, cards: Cards) -> None:
        sink = cards.sink(clock)
        sink.drain()
        assert "drain" not in cards.opened[-1].calls

    def test_is_closed_without_playing_on_and_twice_if_need_be(
        self, clock: Clock, cards: Cards
    ) -> None:
        sink = cards.sink(clock)
        sink.write(sound(80))
        sink.close()
        sink.close()
        assert cards.opened[-1].calls == ["drop", "close"]
        assert cards.opened[-1].played == b""
        assert (sink.room(), sink.delay()) == (0, 0)


class TestLibasound:
    """The thin layer over pyalsaaudio, on libasound's own `null` device, which keeps no time."""

    def test_opens_writes_and_closes(self) -> None:
        device = open_pcm("null", 44100)
        assert device.rate == 44100
        assert device.buffer > 0
        assert device.write(bytes(400)) == 100
        assert device.avail() > 0
        assert device.drop() == 0
        assert device.drain() == 0
        device.close()

    def test_what_libasound_refuses_is_an_os_error_and_prints_nothing(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(OSError, match="no_such_device"):
            open_pcm("no_such_device", 44100)
        assert capfd.readouterr() == ("", "")


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

    def test_a_full_disk_is_a_sentence(self) -> None:
        sink = WavSink(Path("/dev/full"))
        sink.start(44100)
        with pytest.raises(SinkError, match="No space left on device"):
            sink.write(sound(100_000))
        with pytest.raises(SinkError, match="No space left on device"):
            sink.close()

    def test_write_before_start_is_our_mistake(self, tmp_path: Path) -> None:
        with pytest.raises(MisuseError):
            WavSink(tmp_path / "song.wav").write(sound(1))


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
        monkeypatch.setattr("client.sinks.raw.STDOUT", writer)
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


class TestOpenSink:
    """Sinks by their name."""

    def open(self, spec: str) -> tuple[Sink, list[str]]:
        notes: list[str] = []
        return open_sink(spec, notes.append), notes

    def test_by_name(self, tmp_path: Path) -> None:
        for spec in ("null", f"wav:{tmp_path}/a.wav", f"raw:{tmp_path}/a:b.raw"):
            sink, notes = self.open(spec)
            assert sink.name == spec
            assert notes == []
            sink.close()

    def test_a_device_by_its_name_colons_and_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        cards = Cards(Clock())
        monkeypatch.setattr("client.sinks.alsa.open_pcm", cards)
        assert self.open("alsa")[0].name == "alsa:default"
        assert self.open("alsa:plughw:0,1")[0].name == "alsa:plughw:0,1"
        assert self.open("auto")[0].name == "alsa:default"

    def test_auto_without_a_card_is_silent_and_says_so_in_one_line(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cards = Cards(Clock())
        cards.fails = OSError("No such file or directory")
        monkeypatch.setattr("client.sinks.alsa.open_pcm", cards)
        sink, notes = self.open("auto")
        assert isinstance(sink, NullSink)
        assert len(notes) == 1
        assert "No sound card" in notes[0]
        assert "\n" not in notes[0]
        with pytest.raises(SinkError, match="does not open"):
            self.open("alsa")

    @pytest.mark.parametrize("spec", ["", "loud", "wav:", "wav", "raw:", "null:x", "auto:x"])
    def test_a_wrong_name_lists_the_right_ones(self, spec: str) -> None:
        with pytest.raises(SinkError, match=r"Use auto, alsa, .*wav:FILE"):
            self.open(spec)
