# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists in the shell and in scripts, and songs that are named by their titles."""

import pytest

from client.answers import (
    CommandFailed,
    Matches,
    Page,
    Tracks,
)
from client.commands import (
    Browse,
    Command,
    More,
    PlayNumber,
    PlayTitle,
    Stop,
)
from client.requests import (
    ListTracks,
    PlayTrack,
)
from client.turn import Turn
from tests.client.dialogues import IDLE, asked, done, page, script, shell
from tests.client.fake_engine import TRACKS


def test_the_shell_shows_a_page_and_more_shows_the_next() -> None:
    dialogue = shell()
    assert dialogue.command(Browse("x"), IDLE) == asked(ListTracks(1, "x", 0, 100))
    first = dialogue.report(page(1, 1, 2, more=True))
    assert first == done(Tracks("x", 3, 2, more=True, scanning=False, tracks=TRACKS[:2]))
    assert dialogue.command(More(), IDLE) == asked(ListTracks(2, "x", 2, 100))
    second = dialogue.report(page(2, 3))
    assert second == done(Tracks("x", 3, 3, more=False, scanning=False, tracks=TRACKS[2:]))
    assert dialogue.command(More(), IDLE).ended is False


def test_a_script_gets_all_pages_each_as_it_comes() -> None:
    dialogue = script()
    dialogue.command(Browse(""), IDLE)
    for tag in (1, 2):
        turn = dialogue.report(page(tag, tag, more=True))
        assert turn.events == (Page(TRACKS[tag - 1 : tag]),)
        assert turn.requests == (ListTracks(tag + 1, "", tag, 100),)
        assert turn.ended is None
    turn = dialogue.report(page(3, 3))
    assert turn == done(Tracks("", 3, 3, more=False, scanning=False, tracks=TRACKS[2:]))


# ---------------------------------------------------------------- play TITLE


def test_the_only_match_is_played() -> None:
    dialogue = shell()
    assert dialogue.command(PlayTitle("elise"), IDLE) == asked(ListTracks(1, "elise", 0, 100))
    assert dialogue.report(page(1, 1, total=1)) == asked(PlayTrack(2, 1))


def test_a_title_can_be_played_at_once() -> None:
    dialogue = shell()
    dialogue.command(PlayTitle("elise", at_once=True), IDLE)
    assert dialogue.report(page(1, 1, total=1)) == asked(PlayTrack(2, 1, at_once=True))


def test_among_several_the_one_with_just_this_title_is_played() -> None:
    dialogue = shell()
    dialogue.command(PlayTitle("gymnopédie no. 1"), IDLE)
    assert dialogue.report(page(1, 1, 2, 3)) == asked(PlayTrack(2, 2))


def test_several_matches_are_shown_and_none_is_played() -> None:
    dialogue = shell()
    dialogue.command(PlayTitle("gymno"), IDLE)
    turn = dialogue.report(page(1, 2, 3, total=2))
    assert turn == Turn(events=(Matches("gymno", 2, TRACKS[1:]),), ended=False)


def test_one_match_on_a_page_with_more_behind_it_is_not_the_only_one() -> None:
    dialogue = shell()
    dialogue.command(PlayTitle("gymno"), IDLE)
    turn = dialogue.report(page(1, 2, total=2, more=True))
    assert turn == Turn(events=(Matches("gymno", 2, TRACKS[1:2]),), ended=False)


def test_no_match_is_a_sentence() -> None:
    dialogue = shell()
    dialogue.command(PlayTitle("xyz"), IDLE)
    reason = "No track matches “xyz”. `list` shows what there is."
    assert dialogue.report(page(1, total=0)) == Turn(
        events=(CommandFailed("", reason),), ended=False
    )


@pytest.mark.parametrize("later", [Stop(), PlayNumber(2), PlayTitle("other")])
def test_a_later_word_on_what_plays_overrules_a_search(later: Command) -> None:
    dialogue = shell()
    dialogue.command(PlayTitle("elise"), IDLE)
    dialogue.command(later, IDLE)
    assert dialogue.report(page(1, 1, total=1)) == Turn()
