# SPDX-License-Identifier: GPL-3.0-or-later
"""How many streams a server sends, by the bytes that have passed its link."""

from bench.station.uplink import most_streams, streams

RATE = 1000.0  # bytes per second of a stream


def test_streams_are_bytes_by_time_and_rate() -> None:
    assert streams([(5.0, 100), (7.0, 4100)], rate=RATE) == 2.0


def test_one_look_tells_nothing() -> None:
    assert streams([(5.0, 100)], rate=RATE) == 0.0


def test_the_worst_window_is_found_wherever_it_lies() -> None:
    calm = [(float(second), second * 1000) for second in range(20)]
    burst = [(20.0 + second, 20_000 + second * 3000) for second in range(11)]
    after = [(31.0 + second, 53_000 + second * 1000) for second in range(20)]
    assert most_streams([*calm, *burst, *after], rate=RATE) == 3.0


def test_a_window_that_is_too_short_counts_for_nothing() -> None:
    assert most_streams([(0.0, 0), (5.0, 1_000_000)], rate=RATE) == 0.0
