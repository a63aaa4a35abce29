# SPDX-License-Identifier: GPL-3.0-or-later
"""The Tab key: what it offers, what it asks, and what it does when no answer comes."""

import asyncio

import pytest
from prompt_toolkit.completion import CompleteEvent, Completion
from prompt_toolkit.document import Document

from client.commands import PlayNumber, PlayTitle
from client.completion import CommandCompleter, TitleLookup, title_completions
from client.language import COMMANDS, parse
from client.reports import Listed, Refused, TrackLine
from client.requests import EngineRequest, ListTracks
from tests.client.fake_engine import TRACKS, FakeEngine


def completed(text: str) -> list[Completion]:
    """What Tab offers behind `text`."""
    engine = FakeEngine(lambda report: taken.append(lookup.takes(report)))
    lookup = TitleLookup(engine.submit)
    taken: list[bool] = []

    async def gather() -> list[Completion]:
        completer = CommandCompleter(lookup)
        return [
            completion
            async for completion in completer.get_completions_async(Document(text), CompleteEvent())
        ]

    found = asyncio.run(gather())
    assert all(taken)
    return found


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("pl", ["play"]),
        ("P", ["play", "pause"]),
        ("s", ["stop", "seek", "status", "stations", "songs", "skip"]),
        (
            "",
            [row.name for row in COMMANDS],
        ),
        ("xyz", []),
        ("help st", ["stop", "status", "stations"]),
        ("stop ", []),
        ("nonsense ", []),
        ("play elise", ["Für Elise"]),
        ("p gymno", ["Gymnopédie No. 1", "Gymnopédie No. 2"]),
        ("play ", ["Für Elise", "Gymnopédie No. 1", "Gymnopédie No. 2"]),
        ("play xyz", []),
        ("play -", ["--now"]),
        ("play --n", ["--now"]),
        ("play --now ", ["Für Elise", "Gymnopédie No. 1", "Gymnopédie No. 2"]),
        ("play --now elise", ["Für Elise"]),
        ("request elise", ["Für Elise"]),
        ("tune ", ["jazz", "main"]),
        ("t M", ["main"]),
        ("tune x", []),
    ],
)
def test_what_tab_offers(text: str, offered: list[str]) -> None:
    assert [completion.text for completion in completed(text)] == offered


def test_a_completion_replaces_the_words_typed_for_it() -> None:
    (completion,) = completed("play  für el")
    assert completion.start_position == -len("für el")
    assert completion.display_meta_text == "Ludwig van Beethoven 1:23"


def track(number: int, title: str) -> TrackLine:
    return TrackLine(number, 1000, title, "", "")


@pytest.mark.parametrize(
    ("tracks", "argument"),
    [
        ((track(7, "Plain"),), "Plain"),
        ((track(7, "1812"),), '"1812"'),
        ((track(7, '"Heroes"'),), '""Heroes""'),
        ((track(7, "Twice"), track(8, "twice")), "7"),
        ((track(7, "turned\u202e"),), "7"),
        ((track(7, "two  blanks"),), "7"),
    ],
)
def test_what_is_offered_means_the_track_that_it_shows(
    tracks: tuple[TrackLine, ...], argument: str
) -> None:
    completion = title_completions("", tracks)[0]
    assert completion.text == argument
    expected = PlayNumber(7) if argument == "7" else PlayTitle(tracks[0].title)
    assert parse(f"play {completion.text}") == expected


@pytest.mark.parametrize("text", ["a\x07", "ü" * 128])
def test_what_the_wire_cannot_carry_is_not_asked(text: str) -> None:
    asked: list[EngineRequest] = []
    assert asyncio.run(TitleLookup(asked.append).titles(text)) == ()
    assert asked == []


def test_no_answer_in_time_is_no_completion_and_a_late_one_is_dropped() -> None:
    asked: list[EngineRequest] = []
    lookup = TitleLookup(asked.append, patience=0.0)
    assert asyncio.run(lookup.titles("x")) == ()
    assert asked == [ListTracks(-1, "x", limit=50, may_wait=False)]
    assert lookup.takes(Listed(-1, 3, more=False, scanning=False, tracks=TRACKS))


def test_a_refusal_is_no_completion() -> None:
    lookup = TitleLookup(lambda request: None)

    async def ask() -> tuple[TrackLine, ...]:
        asking = asyncio.create_task(lookup.titles("x"))
        await asyncio.sleep(0)
        assert lookup.takes(Refused(-1, "", "No."))
        return await asking

    assert asyncio.run(ask()) == ()


def test_the_answers_of_others_are_left_to_them() -> None:
    lookup = TitleLookup(lambda request: None)
    assert not lookup.takes(Listed(1, 0, more=False, scanning=False, tracks=()))
    assert not lookup.takes(Refused(1, "", "No."))
