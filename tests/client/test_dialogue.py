# SPDX-License-Identifier: GPL-3.0-or-later
"""What commands ask of the engine, and what reports mean for the command they answer."""

import pytest

from client.answers import (
    CommandFailed,
    Did,
    Event,
    Help,
    Playing,
    StatusShown,
)
from client.commands import (
    Browse,
    Command,
    Hold,
    Jump,
    Leave,
    More,
    PlayNow,
    PlayNumber,
    PlayOn,
    PlayTitle,
    Resume,
    ShowHelp,
    ShowStatus,
    Stop,
    Wait,
)
from client.language import COMMANDS
from client.reports import (
    Accepted,
    Connected,
    Continued,
    Disconnected,
    Done,
    LinkBack,
    LinkLost,
    Notice,
    Refused,
    Report,
    Stalled,
    Started,
    Status,
)
from client.requests import (
    EngineRequest,
    Pause,
    PlayTrack,
    Quit,
    Seek,
    StartNow,
    StopSong,
    Unpause,
)
from client.sentences import NOTHING_PLAYS
from client.turn import Turn, failed
from tests.client.dialogues import IDLE, PAUSED, PLAYING, asked, done, page, script, shell
from tests.client.fake_engine import TRACKS

PLAIN: list[tuple[Command, Status, EngineRequest, Report, Event]] = [
    (Stop(), PLAYING, StopSong(1), Done(1), Did.STOPPED),
    (Hold(), PLAYING, Pause(1), Done(1), Did.PAUSED),
    (Resume(), PAUSED, Unpause(1), Done(1), Did.RESUMED),
    (PlayOn(), PAUSED, Unpause(1), Done(1), Did.RESUMED),
    (PlayNow(), PLAYING, StartNow(1), Done(1), Did.HURRIED),
    (
        PlayNumber(2),
        IDLE,
        PlayTrack(1, 2),
        Accepted(1, 9, TRACKS[1], 0),
        Playing(9, TRACKS[1], 0, sought=False),
    ),
    (
        PlayNumber(2, at_once=True),
        IDLE,
        PlayTrack(1, 2, at_once=True),
        Accepted(1, 9, TRACKS[1], 0),
        Playing(9, TRACKS[1], 0, sought=False),
    ),
]


@pytest.mark.parametrize(("command", "status", "request_", "report", "event"), PLAIN)
def test_a_command_asks_and_its_answer_ends_it(
    command: Command, status: Status, request_: EngineRequest, report: Report, event: Event
) -> None:
    dialogue = shell()
    assert dialogue.command(command, status) == asked(request_)
    assert dialogue.report(report) == done(event)
    assert dialogue.report(report) == Turn()  # answered already


@pytest.mark.parametrize("command", [Stop(), Hold(), Resume(), PlayNumber(7), Browse("")])
def test_a_refusal_is_the_failed_end_of_any_command(command: Command) -> None:
    dialogue = shell()
    dialogue.command(command, PLAYING)
    turn = dialogue.report(Refused(1, "NO_SUCH_TRACK", "Gone."))
    assert turn == Turn(events=(CommandFailed("NO_SUCH_TRACK", "Gone."),), ended=False)


@pytest.mark.parametrize(
    ("ms", "to_ms"), [(10_000, 30_000), (-10_000, 10_000), (-30_000, 0), (62_999, 82_999)]
)
def test_a_relative_seek_counts_from_where_the_song_is(ms: int, to_ms: int) -> None:
    assert shell().command(Jump(ms, relative=True), PLAYING) == asked(Seek(1, to_ms))


def test_two_steps_within_one_round_trip_add_up() -> None:
    dialogue = shell()
    assert dialogue.command(Jump(10_000, relative=True), PLAYING) == asked(Seek(1, 30_000))
    assert dialogue.command(Jump(10_000, relative=True), PLAYING) == asked(Seek(2, 40_000))
    dialogue.report(Accepted(2, 9, TRACKS[0], 40_000))
    dialogue.report(Refused(1, "", "Overtaken."))
    assert dialogue.command(Jump(10_000, relative=True), PLAYING) == asked(Seek(3, 30_000))


@pytest.mark.parametrize("status", [IDLE, PLAYING])
def test_a_seek_behind_a_play_without_an_answer_is_in_its_song(status: Status) -> None:
    dialogue = shell()
    dialogue.command(PlayNumber(3), status)
    # Longer than the song that plays, and counted from the new one's beginning.
    assert dialogue.command(Jump(90_000, relative=False), status) == asked(Seek(2, 90_000))
    assert dialogue.command(Jump(10_000, relative=True), status) == asked(Seek(3, 100_000))


def test_a_seek_in_the_song_that_was_named_does_not_name_it_again() -> None:
    dialogue = shell()
    dialogue.command(PlayNumber(1), IDLE)
    dialogue.report(Accepted(1, 8, TRACKS[0], 0))
    assert dialogue.command(Jump(61_000, relative=False), PLAYING) == asked(Seek(2, 61_000))
    answer = dialogue.report(Accepted(2, 9, TRACKS[0], 61_000))
    assert answer == done(Playing(9, TRACKS[0], 61_000, sought=True))


def test_a_seek_that_takes_the_place_of_a_play_names_the_song() -> None:
    dialogue = shell()
    dialogue.command(PlayNumber(1), IDLE)
    dialogue.report(Accepted(1, 8, TRACKS[0], 0))
    dialogue.command(PlayNumber(3), PLAYING)
    dialogue.command(Jump(20_000, relative=False), PLAYING)
    dialogue.report(Refused(2, "", "It gives way."))
    answer = dialogue.report(Accepted(3, 9, TRACKS[2], 20_000))
    assert answer == done(Playing(9, TRACKS[2], 20_000, sought=False))


REFUSED_HERE: list[tuple[Command, Status, str]] = [
    (PlayOn(), IDLE, "Say what to play: `play 3` or `play TITLE`. `list` shows them."),
    (PlayOn(), PLAYING, "Say what to play: `play 3` or `play TITLE`. `list` shows them."),
    (More(), IDLE, "There is no more to show. `list` starts from the top."),
    (
        Jump(0, relative=False),
        IDLE,
        NOTHING_PLAYS,
    ),
    (
        Jump(83_000, relative=False),
        PLAYING,
        "The song ends at 1:23; seek to a place before that.",
    ),
    (
        Jump(63_000, relative=True),
        PAUSED,
        "The song ends at 1:23; seek to a place before that.",
    ),
    (Wait(None), PLAYING, "There is nothing to wait for at a prompt; `wait` is for scripts."),
]


@pytest.mark.parametrize(("command", "status", "reason"), REFUSED_HERE)
def test_what_cannot_work_is_not_even_asked(command: Command, status: Status, reason: str) -> None:
    assert shell().command(command, status) == Turn(
        events=(CommandFailed("", reason),), ended=False
    )


def test_status_and_help_are_answered_at_once() -> None:
    assert shell().command(ShowStatus(), PLAYING) == done(StatusShown(PLAYING))
    turn = shell().command(ShowHelp("seek"), IDLE)
    assert isinstance(turn.events[0], Help)
    assert [row.name for row in turn.events[0].rows] == ["seek"]
    turn = shell().command(ShowHelp(None), IDLE)
    assert isinstance(turn.events[0], Help)
    assert turn.events[0].rows == COMMANDS


@pytest.mark.parametrize(
    "report",
    [
        Connected("host:1", resumed=True),
        Started(5, 12.0),
        Stalled(5),
        Continued(5, 100.0),
        LinkLost("The server is gone.", 1.0),
        LinkBack(),
        Notice("No sound card."),
    ],
)
def test_other_reports_are_said_as_they_come(report: Report) -> None:
    assert shell().report(report) == Turn(events=(report,))  # type: ignore[arg-type]


def test_answers_to_nobody_are_dropped() -> None:
    for report in (page(7, 1), Done(7), Refused(7, "", "No."), Accepted(7, 1, TRACKS[0], 0)):
        assert shell().report(report) == Turn()


def test_quit_leaves_and_the_end_is_no_news() -> None:
    dialogue = shell()
    quitting = dialogue.command(Leave(), PLAYING)
    assert quitting == Turn(requests=(Quit(1),), ended=True, leave=True)
    assert dialogue.report(Disconnected("Goodbye.", error=False)) == Turn(leave=True)
    assert dialogue.is_over


def test_an_end_that_nobody_asked_for_fails_the_open_command() -> None:
    dialogue = shell()
    dialogue.command(PlayNumber(1), IDLE)
    end = Disconnected("The server is out of reach.", error=True)
    assert dialogue.report(end) == Turn(events=(end,), ended=False, leave=True)


@pytest.mark.parametrize(
    ("command", "late"),
    [
        (PlayNumber(2), Accepted(1, 5, TRACKS[1], 0)),
        (Browse(""), page(1, 1)),
        (PlayTitle("elise"), page(1, 1)),
    ],
)
def test_a_command_that_was_given_up_is_over(command: Command, late: Report) -> None:
    dialogue = script()
    dialogue.command(command, IDLE)
    assert dialogue.give_up("Enough.") == failed("Enough.")
    assert dialogue.report(late) == Turn()
