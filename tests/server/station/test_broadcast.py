# SPDX-License-Identifier: GPL-3.0-or-later
"""A station on the air: what goes into its ring, when, and what happens to it."""

import os
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from common.constants import RING, START_BACK
from common.ed25519 import verifier
from control.station_messages import Tune
from data.frame_header import FrameType
from data.station.ring import Behind
from server.station.airing import cut
from server.station.schedule import Schedule, on_air
from server.station.transmitter import SLEPT_US
from server.station.votes import listeners
from tests.e2e.songs import song
from tests.server.station.studio import (
    SECOND,
    Studio,
    audio_of,
    expected,
    open_studio,
    ring_of,
)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return open_studio(tmp_path)


def test_a_stretch_comes_when_it_is_due_and_not_before(studio: Studio) -> None:
    studio.work()
    entry = studio.store.load().entries[0]
    stretches = studio.broadcast.timeline.stretches(entry)
    assert stretches is not None
    assert studio.broadcast.ring.edge == stretches.offset(1)
    studio.store.now = entry.begins_us + stretches.due_us(5) - 1
    studio.work()
    assert studio.broadcast.ring.edge == stretches.offset(5)
    studio.store.now += 1
    studio.work()
    assert studio.broadcast.ring.edge == stretches.offset(6)


def test_songs_follow_each_other_without_a_gap(studio: Studio) -> None:
    studio.pass_time(50)
    frames = ring_of(studio)
    assert sum(kind == FrameType.SONG for kind, _, _ in frames) >= 2
    data = [(offset, payload) for kind, offset, payload in frames if kind == FrameType.DATA]
    assert all(at + len(audio) == following for (at, audio), (following, _) in pairwise(data))
    assert audio_of(studio) == expected(studio)
    seconds = studio.broadcast.ring.seconds_from(studio.broadcast.ring.oldest)
    assert RING - 1 < seconds <= RING


def test_every_stretch_is_sealed(studio: Studio) -> None:
    studio.pass_time(30)
    schedule = studio.store.load()
    verify = verifier(studio.broadcast.public_key)
    start = link = b""
    data = (0, b"")
    checked = 0
    for kind, offset, payload in ring_of(studio):
        match kind:
            case FrameType.SONG:
                parts = b"antiphon song 1", schedule.station_id, offset.to_bytes(8, "big"), payload
                start = link = sha256(b"".join(parts)).digest()
            case FrameType.DATA:
                data = offset, payload
            case _:
                before, signature = payload[:32], payload[32:]
                assert before == link or checked == 0
                link = sha256(before + data[0].to_bytes(8, "big") + data[1]).digest()
                assert verify(signature, b"antiphon seal 1" + start + link)
                checked += 1
    assert checked > 50


def test_a_server_that_comes_later_sends_the_same(studio: Studio, tmp_path: Path) -> None:
    studio.pass_time(44)
    other = open_studio(tmp_path / "other")
    other.store.update(lambda _: (studio.store.load(), None))
    other.store.now = studio.store.now
    other.pass_time(5)
    studio.pass_time(5)
    assert other.broadcast.ring.edge == studio.broadcast.ring.edge
    assert other.broadcast.ring.oldest > studio.store.load().entries[0].offset
    seals, known = (
        [frame for frame in ring_of(one) if frame[0] == FrameType.SEAL] for one in (other, studio)
    )
    assert seals == known[-len(seals) :]
    assert len(seals) > 50


def test_who_slept_goes_on_at_the_live_edge(studio: Studio) -> None:
    studio.pass_time(5)
    before = studio.broadcast.ring
    reader = before.start_near_edge(0)
    studio.store.now += 100 * SECOND + SLEPT_US
    studio.work()
    ring = studio.broadcast.ring
    assert ring is not before
    assert len(before.since(before.oldest)) < 20  # what was slept through was not read
    assert ring.edge == studio.broadcast.live_edge
    assert audio_of(studio) == expected(studio)
    with pytest.raises(Behind):
        ring.begin(reader.next)


def test_a_station_without_songs_is_silent_until_there_are_some(tmp_path: Path) -> None:
    studio = open_studio(tmp_path, songs=0)
    studio.pass_time(30)
    assert studio.store.load().entries == ()
    begin = studio.broadcast.begin(Tune(1, "main"))
    assert (begin.offset, begin.behind_us) == (0, 0)
    studio.shelf.add("a.mp3", song(9, 400))
    studio.pass_time(2)
    assert audio_of(studio) == expected(studio)
    assert studio.broadcast.ring.oldest == 0


def test_a_schedule_that_is_another_one(studio: Studio) -> None:
    studio.pass_time(5)
    before, key = studio.broadcast.ring, studio.broadcast.public_key
    other = Schedule(station_id=b"another station!", seed=b"o" * 32)
    studio.store.update(lambda _: (other, None))
    studio.pass_time(3)
    assert studio.broadcast.ring is not before
    assert studio.broadcast.ring.oldest == 0
    assert studio.broadcast.public_key != key
    assert audio_of(studio) == expected(studio)


def test_songs_that_others_have_moved(studio: Studio) -> None:
    studio.pass_time(5)
    before = studio.broadcast.ring

    def moved(schedule: Schedule) -> tuple[Schedule, None]:
        (entry,) = schedule.entries
        return replace(schedule, entries=(replace(entry, offset=1000),)), None

    studio.store.update(moved)
    studio.pass_time(1)
    assert studio.broadcast.ring is not before
    assert studio.broadcast.ring.oldest == 1000


def test_a_skip_by_others_takes_no_listener_away(studio: Studio) -> None:
    studio.pass_time(5)
    before, edge = studio.broadcast.ring, studio.broadcast.ring.edge

    def skipped(schedule: Schedule) -> tuple[Schedule, None]:
        now_us = studio.store.now
        boundary = studio.broadcast.timeline.boundary(schedule, now_us)
        assert boundary is not None
        until, lasts_us = boundary.until, boundary.lasts_us
        return cut(schedule, 1, until=until, lasts_us=lasts_us, now_us=now_us)[0], None

    studio.store.update(skipped)
    studio.pass_time(5)
    assert studio.broadcast.ring is before
    assert studio.store.load().entries[0].until > edge  # nothing that went out was taken back
    assert studio.store.load().entries[0].is_cut
    assert audio_of(studio) == expected(studio)


def test_who_hands_over_counts_nobody_and_chooses_no_more(studio: Studio) -> None:
    studio.pass_time(5)
    session = studio.session()
    studio.stations.tune(session, Tune(1, "main"))
    studio.pass_time(2)
    assert listeners(studio.store.load(), studio.store.now) == 1
    studio.stations.hand_over()
    assert listeners(studio.store.load(), studio.store.now) == 0
    version, edge = studio.store.load().version, studio.broadcast.ring.edge
    studio.store.now += SECOND
    studio.broadcast.work(lambda: 0.0)
    assert studio.broadcast.ring.edge > edge  # who is still here hears on
    studio.store.now += 60 * SECOND
    studio.broadcast.work(lambda: 0.0)
    assert studio.store.load().version == version


class TestBeginning:
    """Where a listener's stream begins."""

    def test_some_seconds_behind_the_live_edge(self, studio: Studio) -> None:
        studio.pass_time(15)
        begin = studio.broadcast.begin(Tune(1, "main"))
        assert studio.broadcast.ring.has(begin.offset)
        assert (START_BACK - 1) * SECOND < begin.behind_us <= START_BACK * SECOND

    def test_where_it_broke_off(self, studio: Studio) -> None:
        studio.pass_time(15)
        ring, station = studio.broadcast.ring, studio.store.load().station_id
        for offset in (ring.oldest, ring.edge, ring.start_near_edge(10).next):
            begin = studio.broadcast.begin(Tune(1, "main", offset, station))
            assert begin.offset == offset
        assert studio.broadcast.begin(Tune(1, "main", ring.edge, station)).behind_us == 0

    @pytest.mark.parametrize("off", [1, -(1 << 40), 1 << 40])
    def test_elsewhere_where_nothing_begins(self, studio: Studio, off: int) -> None:
        studio.pass_time(40)
        ring, station = studio.broadcast.ring, studio.store.load().station_id
        near = studio.broadcast.begin(Tune(1, "main")).offset
        wanted = max(0, ring.start_near_edge(10).next + off)
        assert studio.broadcast.begin(Tune(1, "main", wanted, station)).offset == near

    def test_what_has_left_the_ring_is_missed(self, studio: Studio) -> None:
        studio.pass_time(40)
        station = studio.store.load().station_id
        near = studio.broadcast.begin(Tune(1, "main")).offset
        assert studio.broadcast.begin(Tune(1, "main", 0, station)).offset == near

    def test_another_station_id_means_nothing(self, studio: Studio) -> None:
        studio.pass_time(15)
        near = studio.broadcast.begin(Tune(1, "main")).offset
        ring = studio.broadcast.ring
        assert studio.broadcast.begin(Tune(1, "main", ring.oldest, b"x" * 16)).offset == near

    def test_before_the_ring_is_filled(self, studio: Studio, tmp_path: Path) -> None:
        studio.pass_time(45)
        other = open_studio(tmp_path / "other")
        other.store.update(lambda _: (studio.store.load(), None))
        other.store.now = studio.store.now
        other.broadcast.keeper.work()
        station = studio.store.load().station_id
        begin = other.broadcast.begin(Tune(1, "main"))
        assert other.broadcast.begin(Tune(1, "main", 0, station)) == begin  # it will not be there
        assert begin == studio.broadcast.begin(Tune(1, "main"))
        other.work()
        assert other.broadcast.ring.has(begin.offset)


class TestBrokenFiles:
    """A song that cannot be sent any further ends there, and the next one begins."""

    def test_a_file_that_is_written_to(self, studio: Studio) -> None:
        studio.pass_time(5)
        entry = studio.store.load().entries[0]
        edge = studio.broadcast.ring.edge
        track = next(t for t in studio.shelf.tracks.values() if t.digest == entry.digest)
        os.utime(studio.shelf.folder / track.path, ns=(1, 1))
        studio.pass_time(3)
        cut, following = studio.store.load().entries[:2]
        assert (cut.until, following.offset) == (edge, edge)
        assert following.begins_us == cut.ends_us
        assert following.begins_us - studio.store.now < 0
        assert studio.broadcast.ring.oldest == 0  # the stream goes on without a gap
        assert audio_of(studio) == expected(studio)
        heard = on_air(studio.store.load(), studio.store.now)
        assert heard is not None
        assert heard[0] == following

    def test_a_file_that_is_gone_before_its_time(self, studio: Studio) -> None:
        studio.pass_time(5)
        first = studio.store.load().entries[0]
        gone: list[int] = []
        for number, track in list(studio.shelf.tracks.items()):
            if track.digest != first.digest:
                (studio.shelf.folder / track.path).unlink()
                gone.append(number)
        studio.pass_time((first.ends_us - studio.store.now) / SECOND - 0.5)
        assert studio.store.load().entries[1].until == 0  # before anybody waits for it
        for number in gone:
            studio.shelf.remove(number)
        studio.pass_time(25)
        ring = studio.broadcast.ring
        assert audio_of(studio) == expected(studio)
        assert ring.edge == studio.broadcast.live_edge
        heard = on_air(studio.store.load(), studio.store.now)
        assert heard is not None
        assert heard[0].digest == first.digest  # there is no other one

    def test_no_file_is_left(self, studio: Studio) -> None:
        studio.pass_time(5)
        for track in list(studio.shelf.tracks.values()):
            os.utime(studio.shelf.folder / track.path, ns=(1, 1))
        studio.pass_time(60)
        assert on_air(studio.store.load(), studio.store.now) is None
        studio.shelf.add("new.mp3", song(77, 400))
        studio.pass_time(3)
        assert audio_of(studio)[-1000:] == expected(studio)[-1000:]

    def test_files_are_let_go(self, studio: Studio) -> None:
        before = len(list(Path("/proc/self/fd").iterdir()))
        studio.pass_time(90, step=0.5)
        assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2
        studio.broadcast.close()
        assert len(list(Path("/proc/self/fd").iterdir())) == before
