# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard for Grafana: it asks for metrics that there are, and leaves none out."""

import json
import re
from typing import Any

from deploy.source import ROOT
from server.metrics.metric import METRICS, Kind

DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy" / "grafana.json").read_text("utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
QUERIES: list[str] = [target["expr"] for panel in PANELS for target in panel["targets"]]
NAMES = {name: metric for metric in METRICS for name in metric.samples}


def test_it_asks_for_nothing_that_is_not_there_and_for_all_that_is() -> None:
    asked = {name for query in QUERIES for name in re.findall(r"\bantiphon_\w+", query)}
    assert asked <= NAMES.keys()
    assert {NAMES[name] for name in asked} == set(METRICS)
    for variable in DASHBOARD["templating"]["list"]:
        assert set(re.findall(r"\bantiphon_\w+", variable["query"])) <= NAMES.keys()


def test_what_only_grows_is_shown_as_a_rate() -> None:
    for query in QUERIES:
        for name in re.findall(r"\bantiphon_\w+", query):
            grows = NAMES[name].kind is not Kind.GAUGE
            assert (f"rate({name}" in query) is grows


def test_it_groups_by_labels_that_the_metrics_have() -> None:
    for query in QUERIES:
        (name, *_) = re.findall(r"\bantiphon_\w+", query)
        known = {*NAMES[name].labels, "instance", "le"}
        assert set(re.findall(r"by \((\w+)\)", query)) <= known


def test_its_panels_are_told_apart_and_do_not_overlap() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in PANELS}) == len(PANELS)
