# SPDX-License-Identifier: GPL-3.0-or-later
"""The events of `--json` are the documented ones: names, fields and types."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import client
from client.answers import (
    CommandFailed,
    Did,
    Event,
    Help,
    Matches,
    Page,
    Playing,
    StatusShown,
    Tracks,
)
from client.jsonout import ended, line, objects
from client.language import COMMANDS
from client.reports import (
    Activity,
    Connected,
    Continued,
    Disconnected,
    Finished,
    LinkBack,
    LinkLost,
    Notice,
    SongFailed,
    Stalled,
    Started,
    Status,
)
from tests.client.fake_engine import TRACKS
from tests.client.tuning import examples

PAGE = Path(client.__file__).with_name("JSON.md")
STATUS = Status(Activity.PLAYING, linked=True, track=TRACKS[0], position=1.23456, rate=1000.4)
EVENTS: list[Event] = [
    Tracks("q", 3, 2, more=True, scanning=False, tracks=TRACKS[:2]),
    Page(TRACKS[:2]),
    Matches("t", 3, TRACKS),
    Playing(1, TRACKS[0], 0, sought=False),
    *Did,
    StatusShown(STATUS),
    StatusShown(Status(Activity.CONNECTING, linked=False)),
    StatusShown(replace(STATUS, activity=Activity.BUFFERING, mark=12.34567, wait=9.87654)),
    Help(COMMANDS),
    CommandFailed("", "No."),
    Connected("host:1", resumed=False),
    Started(1, 12.34567),
    Stalled(1),
    Continued(1, 100.0),
    Finished(1, intact=None),
    Finished(1, intact=True),
    SongFailed(1, "UNREADABLE", "Gone."),
    LinkLost("Gone.", 0.5),
    LinkBack(),
    Notice("No card."),
    Disconnected("Gone.", error=True),
    *(event for event, _, _ in examples.SAID),
]
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def documented() -> dict[str, dict[str, str]]:
    """For each event of the page, its fields and their types as they are written there."""
    found: dict[str, dict[str, str]] = {}
    for section in re.split(r"^### ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        rows = re.findall(r"^\| `(\w+)` \| ([\w ]+) \|", section, flags=re.MULTILINE)
        found[section.split()[0]] = dict(rows)
    return found


def printed() -> list[dict[str, object]]:
    """Every event as a program reads it."""
    everything = [fields for event in EVENTS for fields in objects(event)]
    return [json.loads(line(fields)) for fields in [*everything, ended("play 2", ok=True)]]


def test_the_documented_events_are_the_real_ones() -> None:
    assert {str(fields["event"]) for fields in printed()} == set(documented())


@pytest.mark.parametrize("fields", printed(), ids=lambda fields: fields["event"])
def test_an_event_has_just_the_documented_fields(fields: dict[str, object]) -> None:
    expected = documented()[str(fields.pop("event"))]
    assert set(fields) == set(expected)
    for name, value in fields.items():
        allowed = [kind for word in expected[name].split(" or ") for kind in TYPES[word]]
        assert type(value) in allowed, name


def test_every_event_has_an_example_above() -> None:
    tried = {type(event) for event in EVENTS}
    assert tried == set(Event.__args__)


@pytest.mark.parametrize(
    ("mark", "wait", "read"),
    [(None, None, (None, None)), (12.34567, 9.87654, (12.346, 9.877)), (5.0, None, (5.0, None))],
)
def test_a_status_says_why_the_song_waits(
    mark: float | None, wait: float | None, read: tuple[float | None, float | None]
) -> None:
    (fields,) = objects(StatusShown(replace(STATUS, mark=mark, wait=wait)))
    assert (fields["mark_s"], fields["wait_s"]) == read


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Stalled(3), '{"event": "stalled", "stream": 3}'),
        (Started(3, 1.23456), '{"event": "started", "stream": 3, "latency_ms": 1.235}'),
        (Notice("\x1b]0;\u202e東"), '{"event": "notice", "text": "\\u001b]0;\\u202e\\u6771"}'),
    ],
)
def test_golden_lines(event: Event, text: str) -> None:
    assert [line(fields) for fields in objects(event)] == [text]
    assert text.isascii()


def test_a_list_is_a_line_a_track_and_one_that_closes_it() -> None:
    names = [fields["event"] for fields in objects(EVENTS[0])]
    assert names == ["track", "track", "listed"]
    names = [fields["event"] for fields in objects(Page(TRACKS[:2]))]
    assert names == ["track", "track"]
