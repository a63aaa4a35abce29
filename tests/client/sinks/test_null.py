# SPDX-License-Identifier: GPL-3.0-or-later
"""The silent sink, on a clock of the test's."""

import pytest

from client.sinks.null import BUFFER_S, NullSink
from client.sinks.sink import SAMPLE_BYTES
from tests.client.sinks.clock import RATE, Clock, sound


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
