# SPDX-License-Identifier: GPL-3.0-or-later
"""A station whose listeners are at two workers of one server: to them it is one station."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from control.queue_messages import Entries, Queue, Skip, Votes
from control.station_messages import Enqueue, Enqueued
from server.relay.command import ask_all
from server.relay.tree_socket import sockets_in
from tests.e2e.server_process import running_server, until
from tests.e2e.songs import write_songs
from tests.e2e.station_witness import Witness, compare, hear_on
from tests.e2e.worker_processes import one_at_each
from tests.server.station.redis_server import RedisServer

STATION = "main"


@pytest.fixture
def both(tmp_path: Path) -> Iterator[list[Witness]]:
    """A listener at each of two workers, tuned in."""
    write_songs(tmp_path / "music", count=10, frames=1500)
    (tmp_path / "redis").mkdir()
    with ExitStack() as stack:
        redis = RedisServer(tmp_path / "redis")
        stack.callback(redis.kill)
        options = ("--station", STATION, "--station-store", redis.url, "--workers", "2")
        state = ("--state", str(tmp_path / "state"))
        server = stack.enter_context(running_server(tmp_path / "music", *options, *state))
        pair = one_at_each(server.address, Witness)
        for witness in pair:
            stack.callback(witness.close)
            witness.tune(STATION)
        hear_on(pair, lambda: all(witness.stretches for witness in pair))
        yield pair
        assert "Traceback" not in server.log


def test_it_is_one_station(both: list[Witness], tmp_path: Path) -> None:
    one, two = both
    assert one.tuned is not None
    assert two.tuned is not None
    assert (one.tuned.station_id, one.tuned.key) == (two.tuned.station_id, two.tuned.key)
    until(lambda: [ear.now(STATION).listeners for ear in both] == [2, 2], "both to be counted")
    song = one.now(STATION)
    wanted = song.track % 10 + 1
    assert isinstance(one.ask(Enqueue(wanted, STATION)), Enqueued)

    def is_known_to_the_other() -> bool:
        answer = two.ask(Queue(1, 10, STATION))
        assert isinstance(answer, Entries)
        return any(entry.by == f"listener {one.session}" for entry in answer.entries)

    until(is_known_to_the_other)
    assert one.ask(Skip(song.song, STATION)) == Votes(skipped=False, votes=1, needed=2)
    until(lambda: two.now(STATION).votes == 1, "the vote to be known to the other")
    assert two.ask(Skip(song.song, STATION)) == Votes(skipped=True, votes=2, needed=2)
    hear_on(both, lambda: all(song.song + 1 in witness.begun for witness in both))
    assert one.begun[song.song + 1] == two.begun[song.song + 1]
    assert len(compare(one, two)) > 0
    told = ask_all(sockets_in(tmp_path / "state"), patience=30)["stations"]
    assert [(here["worker"], [node["node"] for node in here["nodes"]]) for here in told] == [
        (1, [one.session]),
        (2, [two.session]),
    ]
