# SPDX-License-Identifier: GPL-3.0-or-later
"""What a process counts in itself goes up with what is there, and down when it has gone."""

import gc
import json
import subprocess
import sys

from bench.soak.watched import counted
from tests.e2e.server_process import ROOT

MANY = 5000
OTHERS = 1000  # objects that come and go meanwhile, in whatever else the process does

# In a process of its own: what other tests have left behind in this one may end meanwhile.
SLEEPERS = """
import json
import gevent
from bench.soak.watched import counted

gevent.sleep(0)  # from here on there is a hub
before = counted(collect=True)
sleepers = [gevent.spawn(gevent.sleep, 1000) for _ in range(3)]
gevent.sleep(0)  # so that they begin
during = counted(collect=True)
gevent.killall(sleepers)
del sleepers
print(json.dumps([before, during, counted(collect=True)]))
"""


def test_greenlets_and_watchers_are_counted_while_they_live() -> None:
    done = subprocess.run(
        (sys.executable, "-c", SLEEPERS), cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    before, during, after = json.loads(done.stdout)
    assert during["greenlets"] == before["greenlets"] + 3
    assert during["watchers"] >= before["watchers"] + 3
    assert after["greenlets"] == before["greenlets"]
    assert after["watchers"] == before["watchers"]


def test_objects_are_counted_and_garbage_only_where_nothing_is_collected() -> None:
    before = counted(collect=True)
    kept: list[list[object]] = [[number] for number in range(MANY)]
    during = counted(collect=True)
    assert during["objects"] > before["objects"] + MANY - OTHERS
    assert during["blocks"] > before["blocks"] + MANY - OTHERS
    threshold = gc.get_threshold()
    gc.set_threshold(0)  # or it might be collected before it is counted
    try:
        for ring in kept:
            ring.append(ring)
        kept.clear()
        assert counted(collect=False)["objects_and_garbage"] > during["objects"] - OTHERS
        assert counted(collect=True)["objects"] < during["objects"] - MANY + OTHERS
    finally:
        gc.set_threshold(*threshold)
