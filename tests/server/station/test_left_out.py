# SPDX-License-Identifier: GPL-3.0-or-later
"""A song of a shared station that one server lacks: those who hear it elsewhere go on."""

from dataclasses import replace
from pathlib import Path

import pytest

from control.station_messages import Tune
from data.station.ring import Behind
from server.station.schedule import Crowd, Entry, on_air
from server.station.tuned import StationStream
from tests.server.station.studio import SECOND, Studio, open_studio

ALL = 1 << 30  # bytes


class Pair:
    """Two servers with one schedule, of which `there` chooses what is played."""

    def __init__(self, folder: Path) -> None:
        """The song that is on the air second is missing here."""
        self.there = open_studio(folder / "there")
        self.here = open_studio(folder / "here", songs=0)
        self.there.pass_time(19.0)
        self.first, self.missing = self.there.store.load().entries[:2]
        for digest, content in sorted(self.there.shelf.contents.items()):
            if digest != self.missing.digest:
                self.here.shelf.add(f"{digest.hex()}.mp3", content)

    def bring(self) -> None:
        """The missing file turns up."""
        self.here.shelf.add("late.mp3", self.there.shelf.contents[self.missing.digest])

    def pass_time(self, until_us: int) -> None:
        """Let both work, and know what the other has done."""
        while self.there.store.now < until_us:
            self.there.pass_time(0.25)
            self._share(self.there, self.here)
            self.here.store.now = self.there.store.now
            self.here.work()
            self._share(self.here, self.there)

    def _share(self, one: Studio, two: Studio) -> None:
        two.store.update(lambda _: (one.store.load(), None))

    def listen_elsewhere(self, until_us: int = 1 << 60) -> None:
        """Somebody does, at a third server, as far as known until then."""
        crowd = Crowd(server="elsewhere", listeners=1, expires_us=until_us)
        self.there.store.update(lambda schedule: (replace(schedule, crowds=(crowd,)), None))

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.here.store.load().entries


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def heard(place: StationStream) -> bytes:
    """The audio and all else that somebody there is sent."""
    return b"".join(bytes(payload) for _, payload in place.next_frames(1, ALL))


def tuned(studio: Studio) -> StationStream:
    begin = studio.broadcast.begin(Tune(1, "main"))
    return StationStream(studio.broadcast, "main", 1, begin.offset, is_fed=True)


def test_it_is_left_out_here_and_goes_on_there(pair: Pair) -> None:
    pair.listen_elsewhere()
    pair.pass_time(pair.first.ends_us - SECOND)
    place = tuned(pair.here)
    assert heard(place)
    pair.pass_time(pair.missing.begins_us + 3 * SECOND)
    with pytest.raises(Behind):
        heard(place)
    place = tuned(pair.here)
    assert heard(place) == b""
    assert place.next == pair.missing.end_offset
    pair.pass_time(pair.missing.ends_us - SECOND)
    assert heard(place) == b""
    assert pair.entries[1] == pair.missing  # whole
    following = pair.entries[2]
    pair.pass_time(following.begins_us + 5 * SECOND)
    content = pair.there.shelf.contents[following.digest]
    assert content[:5000] in heard(place)
    assert pair.here.broadcast.ring.edge == pair.there.broadcast.ring.edge
    assert pair.there.broadcast.ring.oldest < pair.missing.end_offset  # no gap there


def test_it_is_played_from_where_it_is_once_it_turns_up(pair: Pair) -> None:
    pair.listen_elsewhere()
    pair.pass_time(pair.missing.begins_us + 3 * SECOND)
    pair.bring()
    pair.pass_time(pair.missing.begins_us + 6 * SECOND)
    here, there = pair.here.broadcast, pair.there.broadcast
    assert here.ring.edge == there.ring.edge
    assert here.live_edge == there.live_edge
    begin = here.begin(Tune(1, "main"))
    assert here.ring.has(begin.offset)
    assert begin.offset >= pair.missing.offset
    newest = here.ring.start_near_edge(1).next
    frames = [one.ring.begin(newest).next_frames(1, 1, ALL) for one in (here, there)]
    assert frames[0] == frames[1]  # seals and all


def test_it_turns_up_before_its_time(pair: Pair) -> None:
    pair.listen_elsewhere()
    pair.pass_time(pair.first.ends_us - SECOND)
    place = tuned(pair.here)
    pair.bring()
    pair.pass_time(pair.missing.begins_us + 3 * SECOND)
    assert heard(place)
    assert pair.here.broadcast.ring.edge == pair.there.broadcast.ring.edge


def test_it_ends_where_nobody_else_listens(pair: Pair) -> None:
    pair.pass_time(pair.missing.begins_us + 3 * SECOND)
    assert pair.entries[1].until == 0


def test_a_server_that_is_gone_has_no_listeners(pair: Pair) -> None:
    pair.listen_elsewhere(pair.first.begins_us + SECOND)
    pair.pass_time(pair.missing.begins_us + 3 * SECOND)
    assert pair.entries[1].until == 0


def test_another_station_begins_with_its_first_song(pair: Pair) -> None:
    pair.listen_elsewhere()
    pair.pass_time(pair.missing.begins_us + 3 * SECOND)
    store = pair.here.store
    first = replace(pair.first, begins_us=store.now)
    another = replace(store.load(), station_id=b"another station!", entries=(first,))
    store.update(lambda _: (another, None))
    pair.here.work()
    assert pair.here.broadcast.ring.oldest == 0
    assert pair.here.broadcast.ring.edge > 0


def test_not_before_all_songs_are_known(pair: Pair) -> None:
    pair.here.shelf.scanning = True
    pair.pass_time(pair.missing.begins_us + 3 * SECOND)
    assert pair.entries[1] == pair.missing
    assert on_air(pair.here.store.load(), pair.here.store.now) is not None


def test_who_chose_it_ends_it(pair: Pair) -> None:
    pair.listen_elsewhere()
    for track in pair.there.shelf.tracks.values():
        if track.digest == pair.missing.digest:
            (pair.there.shelf.folder / track.path).unlink()
    pair.pass_time(pair.missing.begins_us + 3 * SECOND)
    assert pair.entries[1].until == 0
