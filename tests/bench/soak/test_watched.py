# SPDX-License-Identifier: GPL-3.0-or-later
"""What a process counts in itself goes up with what is there, and down when it has gone."""

import gc

import gevent

from bench.soak.watched import counted


def test_greenlets_and_watchers_are_counted_while_they_live() -> None:
    gevent.sleep(0)  # from here on there is a hub
    gc.collect()
    before = counted(collect=True)
    sleepers = [gevent.spawn(gevent.sleep, 1000) for _ in range(3)]
    gevent.sleep(0)  # so that they begin
    during = counted(collect=True)
    gevent.killall(sleepers)
    del sleepers
    gc.collect()
    after = counted(collect=True)
    assert during["greenlets"] == before["greenlets"] + 3
    assert during["watchers"] >= before["watchers"] + 3
    assert after["greenlets"] == before["greenlets"]
    assert after["watchers"] == before["watchers"]


def test_objects_are_counted_and_garbage_only_where_nothing_is_collected() -> None:
    before = counted(collect=True)
    kept: list[list[object]] = [[number] for number in range(5000)]
    during = counted(collect=True)
    assert during["objects"] >= before["objects"] + len(kept)
    assert during["blocks"] >= before["blocks"] + len(kept)
    threshold = gc.get_threshold()
    gc.set_threshold(0)  # or it might be collected before it is counted
    try:
        for ring in kept:
            ring.append(ring)
        kept.clear()
        assert counted(collect=False)["objects_and_garbage"] >= during["objects"]
        assert counted(collect=True)["objects"] < during["objects"] - 4000
    finally:
        gc.set_threshold(*threshold)
