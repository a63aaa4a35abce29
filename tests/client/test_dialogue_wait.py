# SPDX-License-Identifier: GPL-3.0-or-later
"""What `wait` waits for in a script, and how it ends."""

import pytest

from client.commands import PlayNumber, Stop, Wait
from client.dialogue import Dialogue
from client.reports import Accepted, Disconnected, Done, Finished, Report, SongFailed
from client.turn import Turn, failed
from tests.client.dialogues import IDLE, PAUSED, PLAYING, script
from tests.client.fake_engine import TRACKS


def playing_script() -> Dialogue:
    dialogue = script()
    dialogue.command(PlayNumber(1), IDLE)
    dialogue.report(Accepted(1, 5, TRACKS[0], 0))
    return dialogue


@pytest.mark.parametrize(
    ("end", "is_success"),
    [
        (Finished(5, intact=True), True),
        (Finished(5, intact=None), True),
        (Finished(5, intact=False), False),
        (SongFailed(5, "UNREADABLE", "The file is gone."), False),
    ],
)
def test_wait_ends_as_the_song_does(end: Report, is_success: bool) -> None:
    dialogue = playing_script()
    assert dialogue.command(Wait(None), PLAYING) == Turn()
    assert dialogue.report(end) == Turn(events=(end,), ended=is_success)  # type: ignore[arg-type]
    # The song is over already: the next `wait` knows how it went.
    assert dialogue.command(Wait(None), IDLE) == Turn(ended=is_success)


def test_the_end_of_a_song_that_was_switched_away_from_does_not_count() -> None:
    dialogue = playing_script()
    dialogue.command(PlayNumber(2), PLAYING)
    dialogue.report(Accepted(2, 6, TRACKS[1], 0))
    dialogue.command(Wait(None), PLAYING)
    assert dialogue.report(Finished(5, intact=True)) == Turn()
    assert dialogue.report(Finished(6, intact=True)).ended is True


def test_wait_for_some_seconds_succeeds_when_they_are_over() -> None:
    dialogue = playing_script()
    assert dialogue.command(Wait(4.0), PLAYING) == Turn()
    assert dialogue.time_is_up() == Turn(ended=True)
    assert dialogue.report(Finished(5, intact=True)).ended is None


def test_wait_can_be_given_up_and_the_song_goes_on() -> None:
    dialogue = playing_script()
    dialogue.command(Wait(None), PLAYING)
    assert dialogue.give_up("Enough.") == failed("Enough.")
    assert dialogue.report(Finished(5, intact=True)).ended is None
    assert dialogue.command(Wait(None), IDLE) == Turn(ended=True)


def test_wait_without_a_song_fails() -> None:
    assert script().command(Wait(None), IDLE).ended is False
    dialogue = playing_script()
    dialogue.command(Stop(), PLAYING)
    dialogue.report(Done(2))
    assert dialogue.command(Wait(None), IDLE).ended is False


def test_wait_for_the_end_of_a_paused_song_fails_but_some_seconds_pass() -> None:
    dialogue = playing_script()
    assert dialogue.command(Wait(None), PAUSED).ended is False
    assert dialogue.command(Wait(1.0), PAUSED) == Turn()


def test_an_end_that_nobody_asked_for_fails_the_wait() -> None:
    dialogue = playing_script()
    dialogue.command(Wait(None), PLAYING)
    end = Disconnected("The server is out of reach.", error=True)
    assert dialogue.report(end) == Turn(events=(end,), ended=False, leave=True)
