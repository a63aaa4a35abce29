# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written is read back the same; anything else is refused with a sentence."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.station.airing import advance
from server.station.codec import MAX_ENCODED, decode, encode
from server.station.requests import request
from server.station.schedule import Schedule
from server.station.votes import Boundary, crowd, vote
from tests.server.station.songs import NOW, SECOND, STATION, digest_of, songs

KNOWN = songs(30)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Stations that lived for a while."""
    schedule, now = STATION, NOW
    for _ in range(draw(st.integers(0, 12))):
        now += draw(st.integers(0, 90 * SECOND))
        schedule, _ = advance(schedule, now_us=now, songs=KNOWN)
        number = draw(st.integers(0, 30))
        by = draw(st.sampled_from(["", "ada", "Zoë", "\U0001f3b6"]))
        schedule, _ = request(schedule, digest_of(number), by=by, now_us=now, songs=KNOWN)
        schedule, _ = crowd(schedule, f"server {number % 3}", number, now_us=now)
        entry = schedule.entries[-1]
        boundary = Boundary(until=entry.total // 2, lasts_us=entry.playing_us // 2)
        schedule, _ = vote(schedule, by, entry.number, now_us=now, boundary=boundary)
    return schedule


@given(schedules())
def test_a_schedule_comes_back_as_it_was(schedule: Schedule) -> None:
    data = encode(schedule)
    assert decode(data) == schedule
    assert encode(decode(data)) == data


def lived() -> dict[str, Any]:
    schedule, _ = advance(STATION, now_us=NOW, songs=KNOWN)
    schedule, _ = advance(schedule, now_us=NOW + 59 * SECOND, songs=KNOWN)
    schedule, _ = request(schedule, digest_of(1), by="", now_us=NOW, songs=KNOWN)
    schedule, _ = crowd(schedule, "here", 9, now_us=NOW)
    schedule, _ = vote(schedule, "a", 1, now_us=NOW, boundary=None)
    found: dict[str, Any] = json.loads(encode(schedule))
    return found


def entry(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(values: dict[str, Any]) -> None:
        values["entries"][0][name] = value

    return change


ODD: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda v: v.update(format=2), "format 2, and this server knows 1"),
    (lambda v: v.update(format=True), "format True"),
    (lambda v: v.pop("format"), "format None"),
    (lambda v: v.pop("queue"), "lacks its field 'queue'"),
    (lambda v: v.update(colour="red"), "unknown field 'colour'"),
    (lambda v: v.update(version=True), "version: this is no number"),
    (lambda v: v.update(version=-1), "version: -1 is not between"),
    (lambda v: v.update(version=2**63), "not between"),
    (lambda v: v.update(version=10**30), "too large"),
    (lambda v: v.update(version=1.5), "1.5 is no whole number"),
    (lambda v: v.update(version=float("nan")), "NaN is no whole number"),
    (lambda v: v.update(version="1"), "this is no number"),
    (lambda v: v.update(seed="00"), "size of seed"),
    (lambda v: v.update(seed="0G"), "seed"),
    (lambda v: v.update(station_id=v["station_id"].upper()), "hexadecimal"),
    (lambda v: v.update(silent=0), "truth value"),
    (lambda v: v.update(queue={}), "this is no list"),
    (lambda v: v.update(queue=["x"]), "this is no object"),
    (lambda v: v["queue"].append(v["queue"][0]), "waits twice"),
    (lambda v: v.update(queue=v["queue"] * 101), "length of queue"),
    (lambda v: v["crowds"].append(v["crowds"][0]), "two crowds"),
    (lambda v: v.update(votes=["a", "a"]), "there twice"),
    (lambda v: v.update(votes=["x" * 65]), "more than 64 bytes"),
    (lambda v: v["entries"].reverse(), "entry 2 is followed by 1"),
    (entry("until", 1), "at the byte after"),
    (entry("begins_us", NOW + 1), "begins before"),
    (entry("digest", "00"), "item 1|digest"),
    (entry("title", ""), "title"),
    (entry("title", "a\x1b[2J"), "must not cross the wire"),
    (entry("title", "\ud800"), "must not cross the wire"),
    (entry("channels", 3), "channels is 3"),
    (entry("until", 10**12), "until is"),
    (entry("extra", 1), "unknown field 'extra'"),
]


@pytest.mark.parametrize(("change", "sentence"), ODD)
def test_whatever_is_odd_is_refused(
    change: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    values = lived()
    change(values)
    with pytest.raises(ValueError, match=sentence):
        decode(json.dumps(values).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"format":1,"format":1}',
        b"{}" + b" " * MAX_ENCODED,
        b"1" * 5000,
    ],
)
def test_what_is_no_schedule_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(data)


@given(st.binary(max_size=200))
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(data)


@given(schedules(), st.data())
def test_a_byte_that_was_changed_makes_a_schedule_or_an_error(
    schedule: Schedule, data: st.DataObject
) -> None:
    encoded = bytearray(encode(schedule))
    encoded[data.draw(st.integers(0, len(encoded) - 1))] = data.draw(st.integers(0, 255))
    # Nothing but a ValueError.
    with contextlib.suppress(ValueError):
        decode(bytes(encoded))


def test_a_field_that_is_there_twice_is_refused() -> None:
    twice = encode(STATION).replace(b'"silent":false', b'"silent":true,"silent":false')
    with pytest.raises(ValueError, match="a field is there twice"):
        decode(twice)


def test_a_silence_between_two_songs_is_nothing_odd() -> None:
    values = lived()
    values["entries"][0]["lasts_us"] = 1000
    decoded = decode(json.dumps(values).encode())
    assert decoded.entries[0].ends_us < decoded.entries[1].begins_us


def test_the_seed_is_in_no_printed_schedule() -> None:
    assert repr(STATION.seed) not in repr(STATION)
