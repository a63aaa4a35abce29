# SPDX-License-Identifier: GPL-3.0-or-later
"""What a process counts in itself goes up with what is there, and down when it has gone."""

import gc

import gevent

from bench.soak.watched import counted


def test_greenlets_and_watchers_are_counted_while_they_live() -> None:
    gevent.sleep(0)  # from here on there is a hub
    gc.collect()
    before = counted()
    sleepers = [gevent.spawn(gevent.sleep, 1000) for _ in range(3)]
    gevent.sleep(0)  # so that they begin
    during = counted()
    gevent.killall(sleepers)
    del sleepers
    gc.collect()
    after = counted()
    assert during["greenlets"] == before["greenlets"] + 3
    assert during["watchers"] >= before["watchers"] + 3
    assert after["greenlets"] == before["greenlets"]
    assert after["watchers"] == before["watchers"]


def test_objects_are_counted() -> None:
    gc.collect()
    before = counted()
    kept = [[number] for number in range(5000)]
    assert counted()["objects"] >= before["objects"] + len(kept)
