# SPDX-License-Identifier: GPL-3.0-or-later
"""The readings as Prometheus reads them; the one place that knows its library.

Loaded only where metrics are asked for. Nothing is registered for the whole process.
"""

from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from server.metrics.histogram import Histogram
from server.metrics.metric import METRICS, Kind, Metric
from server.metrics.readings import Reading, Readings

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Exposition(Collector):
    """A registry of its own, which asks for the readings each time that it is written."""

    def __init__(self, read: Callable[[], Readings]) -> None:
        """Nothing is read yet."""
        self._read = read
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def describe(self) -> Iterator[Family]:
        """The metrics without their values, for which nothing has to be read."""
        yield from (_family(metric, []) for metric in METRICS)

    def collect(self) -> Iterator[Family]:
        """The metrics with their values."""
        readings = self._read()
        yield from (_family(metric, readings[metric.name]) for metric in METRICS)

    def text(self) -> bytes:
        """All of them, in Prometheus's text format."""
        return generate_latest(self._registry)


def _family(metric: Metric, readings: list[Reading]) -> Family:
    match metric.kind:
        case Kind.HISTOGRAM:
            histogram = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
            for labels, value in readings:
                if isinstance(value, Histogram):
                    histogram.add_metric(labels, value.cumulative(), value.total)
            return histogram
        case Kind.COUNTER | Kind.GAUGE:
            kind = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
            family = kind(metric.name, metric.help, labels=metric.labels)
            for labels, value in readings:
                if not isinstance(value, Histogram):
                    family.add_metric(labels, value)
            return family
