# SPDX-License-Identifier: GPL-3.0-or-later
"""Two servers that carry one station through Redis: the same bytes at the same time, come what may.

Servers are killed and started again, and so is Redis, with its data and without.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import pytest

from control.queue_messages import Entries, Queue, Skip, Votes
from control.station_messages import Enqueue, Enqueued
from tests.e2e.server_process import ServerProcess, until
from tests.e2e.songs import FRAME, write_songs
from tests.e2e.station_witness import Witness, apart_ms, compare, hear_on
from tests.server.station.redis_server import RedisServer

STATION = "main"
SHORT = 100  # frames of a song: 2.6 seconds
LONG = 1500  # 39 seconds
SONGS = 10


class Site:
    """One Redis and two servers, each with a state of its own, that have the same songs."""

    def __init__(self, folder: Path, frames: int) -> None:
        """Start them."""
        self._folder = folder
        songs = write_songs(folder / "music", count=SONGS, frames=frames)
        self._tracks = {sha256(song).digest(): track for track, song in enumerate(songs, 1)}
        (folder / "redis").mkdir()
        self.redis = RedisServer(folder / "redis", "--appendonly", "yes")
        self._running = ExitStack()
        self._running.callback(self.redis.kill)
        try:
            # At once: one of them makes the station, and the other one finds it there.
            with ThreadPoolExecutor() as pool:
                self.servers = list(pool.map(self.server, ("one", "two")))
        except BaseException:
            self._running.close()
            raise

    def track(self, digest: bytes) -> int:
        """Which one has this audio."""
        return self._tracks[digest]

    def server(self, name: str, port: int = 0) -> ServerProcess:
        """Start a server that listens, and knows its songs."""
        state = ("--state", str(self._folder / name))
        station = ("--station", STATION, "--station-store", self.redis.url)
        server = ServerProcess(self._folder / "music", *state, *station, "--verbose", port=port)
        self._running.callback(server.kill)
        server.says("files read: ")
        return server

    def witness(self, number: int) -> Witness:
        """A listener of a server, not tuned in."""
        witness = Witness(self.servers[number].address)
        self._running.callback(witness.close)
        return witness

    def witnesses(self) -> list[Witness]:
        """A listener of each server, tuned in."""
        both = [self.witness(0), self.witness(1)]
        for witness in both:
            witness.tune(STATION)
        hear_on(both, lambda: all(witness.stretches for witness in both))
        return both

    def close(self) -> None:
        """End everything; AssertionError where a server has met a defect."""
        self._running.close()
        for server in self.servers:
            assert "Traceback" not in server.log


@pytest.fixture
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    site = Site(tmp_path, request.param)
    yield site
    site.close()


def short(of: str = "site") -> pytest.MarkDecorator:
    """Songs of which several pass in a test."""
    return pytest.mark.parametrize(of, [SHORT], indirect=True, ids=["short"])


def long(of: str = "site") -> pytest.MarkDecorator:
    """Songs that do not end in a test, unless they are skipped."""
    return pytest.mark.parametrize(of, [LONG], indirect=True, ids=["long"])


def soon(witness: Witness) -> list[int]:
    """The tracks that play and wait."""
    answer = witness.ask(Queue(1, 100, STATION))
    assert isinstance(answer, Entries)
    return [witness.now(STATION).track, *(entry.track for entry in answer.entries)]


def wish(witness: Witness, *others: int) -> int:
    """A request for a song that neither plays nor waits, nor is one of `others`; its track."""
    taken = {*soon(witness), *others}
    track = next(number for number in range(1, SONGS + 1) if number not in taken)
    answer = witness.ask(Enqueue(track, STATION))
    assert isinstance(answer, Enqueued)
    return track


def hear_song(both: list[Witness], number: int) -> None:
    """Let both listen until a song has begun at both."""
    hear_on(
        both, lambda: all(witness.next > witness.begun.get(number, 1 << 63) for witness in both)
    )


def leave_alone(site: Site, both: list[Witness]) -> int:
    """End Redis, and listen until a song begins that began without it; its number."""
    site.redis.end()
    for server in site.servers:
        server.says("is away")
    # The next one may have been fixed before.
    number = both[0].now(STATION).song + 2
    hear_song(both, number)
    return number


@short()
def test_both_send_the_same_over_a_songs_end(site: Site) -> None:
    one, two = both = site.witnesses()
    assert one.tuned is not None
    assert two.tuned is not None
    assert (one.tuned.station_id, one.tuned.key) == (two.tuned.station_id, two.tuned.key)
    apart_ms(one, two, STATION)
    first = max(witness.songs[-1].song.number for witness in both)
    hear_song(both, first + 2)
    assert len(compare(one, two)) > SHORT * FRAME  # a whole song at least
    apart_ms(one, two, STATION)


@long()
def test_requests_and_votes_count_at_both(site: Site) -> None:
    one, two = both = site.witnesses()
    until(lambda: [ear.now(STATION).listeners for ear in both] == [2, 2], "both to be counted")
    wanted = wish(one)
    until(lambda: wanted in soon(two), "the other to know of it")
    entries = two.ask(Queue(1, 10, STATION))
    assert isinstance(entries, Entries)
    assert entries.entries[0].by == f"listener {one.session}"
    song = one.now(STATION).song
    assert one.ask(Skip(song, STATION)) == Votes(skipped=False, votes=1, needed=2)
    until(lambda: two.now(STATION).votes == 1, "the vote to be known to the other")
    assert two.ask(Skip(song, STATION)) == Votes(skipped=True, votes=2, needed=2)
    hear_song(both, song + 1)
    assert one.begun[song + 1] == two.begun[song + 1]
    assert one.begun[song + 1] - one.begun[song] < one.songs[0].song.total
    assert len(compare(one, two)) > 0
    until(lambda: [ear.now(STATION).track for ear in both] == [wanted, wanted], "it to play")
    apart_ms(one, two, STATION)


@long()
def test_a_server_that_was_killed_goes_on_within_the_song(site: Site) -> None:
    one, two = site.witnesses()
    tuned = two.tuned
    assert tuned is not None
    killed = site.servers[1]
    killed.kill()
    at = two.next
    hear_on([one], lambda: one.next > at)
    site.servers[1] = site.server("two", killed.port)
    again = site.witness(1)
    went_on = again.tune(STATION, offset=at, station_id=tuned.station_id)
    assert (went_on.station_id, went_on.key) == (tuned.station_id, tuned.key)
    assert went_on.offset == at
    both = [one, again]
    hear_on(both, lambda: again.next > at and one.next >= again.next)
    assert one.songs[-1].song.number == again.songs[-1].song.number == 1
    end = one.next
    hear_on(both, lambda: all(ear.next > end for ear in both))
    assert at in compare(one, again)
    apart_ms(one, again, STATION)


@short()
def test_redis_is_started_again(site: Site) -> None:
    one, two = both = site.witnesses()
    alone = leave_alone(site, both)
    hear_song(both, alone + 1)  # both have drawn it from the same lots
    apart_ms(one, two, STATION)
    site.redis.start()
    for server in site.servers:
        server.says("is back")
    wanted = wish(one)
    until(lambda: wanted in soon(two), "the other to know of it")
    hear_song(both, alone + 2)
    compare(one, two)


@short()
def test_redis_is_started_again_without_its_data(site: Site) -> None:
    one, two = both = site.witnesses()
    wanted = [wish(one) for _ in range(5)]
    until(lambda: wanted[-1] in soon(two), "the other to know of them")
    alone = leave_alone(site, both)
    apart = [wish(one), 0]  # which the other does not know of
    apart[1] = wish(two, apart[0])
    site.redis.forget()
    site.redis.start()
    for server in site.servers:
        server.says("is back")
    until(lambda: all(set(apart) <= set(soon(ear)) for ear in both), "both to know of both")
    hear_song(both, alone + 1)
    compare(one, two)
    apart_ms(one, two, STATION)
    for witness in both:
        began = {site.track(heard.song.digest) for heard in witness.songs}
        assert began | set(soon(witness)) >= {*wanted, *apart}, "a request was lost"
