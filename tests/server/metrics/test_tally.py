# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts and buckets, the names of the metrics, and the timer that finds the event loop late."""

import re
from pathlib import Path

import pytest

from server.metrics.histogram import Histogram
from server.metrics.loop_lag import EVERY, LoopLag
from server.metrics.metric import METRICS, Kind, Metric
from server.metrics.readings import read
from tests.server.fakes import make_desk
from tests.server.library.files import until
from tests.server.wires import turns_of_the_loop


def test_a_duration_is_in_the_bucket_that_it_is_not_longer_than() -> None:
    histogram = Histogram((0.1, 1.0))
    for seconds in (0.0, 0.1, 0.2, 5.0):
        histogram.observe(seconds)
    assert histogram.cumulative() == [("0.1", 2), ("1.0", 3), ("+Inf", 4)]
    assert histogram.total == pytest.approx(5.3)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_is_named_as_prometheus_has_it(metric: Metric) -> None:
    assert re.fullmatch("antiphon(_[a-z]+)+", metric.name)
    assert not metric.name.endswith("_total")  # comes by itself
    assert metric.help.endswith(".")
    if metric.kind is Kind.HISTOGRAM:
        assert metric.name.endswith("_seconds")
        assert metric.samples[0] == f"{metric.name}_bucket"


def test_every_metric_is_read(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    assert list(read(desk.service, [])) == [metric.name for metric in METRICS]


def test_a_timer_that_comes_late_is_noticed() -> None:
    now = [10.0]
    lags: list[float] = []
    lag = LoopLag(lags.append, clock=lambda: now[0])
    now[0] += EVERY + 0.25
    lag.ring()
    now[0] += EVERY - 0.25  # never less than none
    lag.ring()
    assert lags == [0.25, 0.0]
    lag.close()
    lag.close()


def test_the_timer_is_the_hubs() -> None:
    lags: list[float] = []
    lag = LoopLag(lags.append)
    until(lambda: lags)
    turns_of_the_loop(100)
    assert len(lags) < 50  # not in every turn of the loop
    until(lambda: len(lags) > 1)
    lag.close()
