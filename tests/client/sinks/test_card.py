# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound card: underruns, pauses and broken devices lose nothing, and gaps are counted."""

import pytest

from client.sinks.card import EPIPE, CardSink
from client.sinks.sink import SAMPLE_BYTES, SinkError
from common.errors import MisuseError
from tests.client.sinks.cards import Cards
from tests.client.sinks.clock import Clock, sound


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
