# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands about stations ask of the engine, and what its reports mean for them."""

from dataclasses import replace

import pytest

from client.answers import CommandFailed, Event, Matches, Playing
from client.commands import Browse, Command, Hold, Jump, PlayNumber, Stop
from client.dialogue import Dialogue
from client.reports import Accepted, Activity, Listed, Refused, SongFailed, Status, TrackLine
from client.requests import EngineRequest, ListTracks, PlayTrack, StopSong
from client.tuning.answers import SongRequested
from client.tuning.commands import (
    RequestNumber,
    RequestTitle,
    ShowNow,
    ShowRequests,
    ShowStations,
    TuneIn,
    VoteToSkip,
)
from client.tuning.reports import (
    Missed,
    OnAirNow,
    Requested,
    RequestsListed,
    SongHeard,
    StationsListed,
    TunedIn,
    Voted,
)
from client.tuning.requests import (
    AskNow,
    BrowseStations,
    ListRequests,
    RequestSong,
    Tune,
    VoteSkip,
)
from client.tuning.sentences import NO_PAUSE, NO_SEEK, NO_STATIONS, NO_SUCH_SONG, NOT_TUNED
from client.turn import Turn, failed
from tests.client.fake_engine import STATIONS, TRACKS
from tests.client.tuning.examples import LINES, SONG
from tests.client.tuning.examples import STATUS as TUNED

IDLE = Status(Activity.STOPPED, linked=True)
UNKNOWN = "NO_SUCH_STATION"


def shell() -> Dialogue:
    return Dialogue(scripted=False)


def asks(*requests: EngineRequest) -> Turn:
    return Turn(requests=requests)


def done(*events: Event) -> Turn:
    return Turn(events=events, ended=True)


def listed(tag: int, *tracks: TrackLine) -> Listed:
    return Listed(tag, len(tracks), more=False, scanning=False, tracks=tracks)


class TestAnswers:
    """Commands that ask one thing."""

    @pytest.mark.parametrize(
        ("command", "request_", "answer"),
        [
            (ShowStations(), BrowseStations(1), StationsListed(1, STATIONS)),
            (ShowRequests(21), ListRequests(1, 21), RequestsListed(1, "main", 2, LINES)),
            (ShowNow(), AskNow(1), OnAirNow(1, "main", 3, 1, 3, 1, 2, SONG)),
            (VoteToSkip(), VoteSkip(1), Voted(1, False, 1, 2, 6000)),
        ],
    )
    def test_a_question_is_asked_and_its_answer_shown(
        self, command: Command, request_: EngineRequest, answer: Event
    ) -> None:
        talk = shell()
        assert talk.command(command, TUNED) == asks(request_)
        assert isinstance(answer, StationsListed | RequestsListed | OnAirNow | Voted)
        assert talk.report(answer) == done(answer)
        assert talk.report(answer) == Turn()  # nobody asked for it twice

    def test_a_refusal_ends_the_command(self) -> None:
        talk = shell()
        talk.command(ShowNow(), TUNED)
        assert talk.report(Refused(1, "", "No.")) == failed("No.")
        assert talk.report(Refused(1, "", "No.")) == Turn()

    @pytest.mark.parametrize(
        "command",
        [RequestNumber(3), RequestTitle("x"), ShowRequests(1), ShowNow(), VoteToSkip()],
    )
    def test_without_a_station_most_questions_have_no_answer(self, command: Command) -> None:
        assert shell().command(command, IDLE) == failed(NOT_TUNED)

    def test_what_is_typed_right_behind_tune_is_about_that_station(self) -> None:
        talk = shell()
        talk.command(TuneIn("main"), IDLE)
        assert talk.command(ShowNow(), IDLE) == asks(AskNow(2))

    def test_songs_are_listed_page_by_page(self) -> None:
        talk = shell()
        asked = ListTracks(1, query="e", limit=100, of_station=True)
        assert talk.command(Browse("e", of_station=True), TUNED) == asks(asked)


class TestTune:
    """`tune`, and what it means for the other commands."""

    def test_by_its_whole_name(self) -> None:
        talk = shell()
        assert talk.command(TuneIn("main"), IDLE) == asks(Tune(1, "main"))
        tuned = TunedIn(1, 1, "main", 6000)
        assert talk.report(tuned) == done(tuned)
        heard = SongHeard(1, "main", SONG)
        assert talk.report(heard) == Turn(events=(heard,))
        missed = Missed(1, "main", 1000)
        assert talk.report(missed) == Turn(events=(missed,))

    @pytest.mark.parametrize(("typed", "meant"), [("MA", "main"), ("j", "jazz")])
    def test_by_its_beginning(self, typed: str, meant: str) -> None:
        talk = shell()
        talk.command(TuneIn(typed), IDLE)
        assert talk.report(Refused(1, UNKNOWN, "No.")) == asks(BrowseStations(2))
        assert talk.report(StationsListed(2, STATIONS)) == asks(Tune(3, meant))
        # It has gone meanwhile: there is no end to looking otherwise.
        assert talk.report(Refused(3, UNKNOWN, "No.")) == failed("No.", UNKNOWN)

    def test_the_only_one_by_no_name(self) -> None:
        talk = shell()
        assert talk.command(TuneIn(""), IDLE) == asks(BrowseStations(1))
        assert talk.report(StationsListed(1, STATIONS[:1])) == asks(Tune(2, "jazz"))

    @pytest.mark.parametrize(
        ("typed", "names", "reason", "code"),
        [
            ("xy", ("jazz", "main"), "There is no station “xy”. There are jazz and main.", UNKNOWN),
            ("xy", ("jazz",), "There is no station “xy”. There is jazz.", UNKNOWN),
            ("ma", ("main", "manu"), "“ma” could be main or manu.", ""),
            ("", ("a", "b", "c"), "Say which station: a, b or c.", ""),
            ("", tuple("abcdefghij"), "Say which station: a, b, c, d, e, f, g, h or 2 others.", ""),
            ("", (), NO_STATIONS, UNKNOWN),
        ],
    )
    def test_what_is_not_clear_is_said_with_what_there_is(
        self, typed: str, names: tuple[str, ...], reason: str, code: str
    ) -> None:
        talk = shell()
        tag = 1
        talk.command(TuneIn(typed), IDLE)
        if typed:
            talk.report(Refused(1, UNKNOWN, "No."))
            tag = 2
        lines = tuple(replace(STATIONS[0], station=name) for name in names)
        assert talk.report(StationsListed(tag, lines)) == failed(reason, code)

    def test_a_later_word_counts(self) -> None:
        talk = shell()
        talk.command(TuneIn(""), IDLE)
        assert talk.command(PlayNumber(3), IDLE) == asks(PlayTrack(2, 3))
        assert talk.report(StationsListed(1, STATIONS[:1])) == Turn()

    def test_a_station_can_be_stopped_and_nothing_else(self) -> None:
        talk = shell()
        assert talk.command(Hold(), TUNED) == failed(NO_PAUSE)
        assert talk.command(Jump(1, relative=True), TUNED) == failed(NO_SEEK)
        assert talk.command(Stop(), TUNED) == asks(StopSong(1))

    def test_behind_a_play_commands_are_about_the_song(self) -> None:
        talk = shell()
        talk.command(PlayNumber(1), TUNED)
        assert talk.command(Hold(), TUNED).requests != ()
        accepted = Accepted(1, 2, TRACKS[0], 0)
        assert talk.report(accepted) == done(Playing(2, TRACKS[0], 0, sought=False))

    def test_the_end_of_the_station_is_the_end_of_what_was_heard(self) -> None:
        talk = Dialogue(scripted=True)
        talk.command(TuneIn("main"), IDLE)
        talk.report(TunedIn(1, 5, "main", 6000))
        ended = SongFailed(5, UNKNOWN, "Gone.")
        assert talk.report(ended) == Turn(events=(ended,))
        other = SongFailed(4, UNKNOWN, "Gone.")
        assert talk.report(other) == Turn()


class TestRequest:
    """`request`."""

    def test_by_number_with_its_title(self) -> None:
        talk = shell()
        asked = ListTracks(1, after=1, limit=1, of_station=True)
        assert talk.command(RequestNumber(2), TUNED) == asks(asked)
        assert talk.report(listed(1, TRACKS[1])) == asks(RequestSong(2, 2))
        answer = talk.report(Requested(2, 2, 3, 250_000, already=False))
        assert answer == done(SongRequested(TRACKS[1], 3, 250_000, already=False))

    @pytest.mark.parametrize("tracks", [(), (TRACKS[2],)])
    def test_a_number_that_the_station_does_not_have(self, tracks: tuple[TrackLine, ...]) -> None:
        talk = shell()
        talk.command(RequestNumber(2), TUNED)
        assert talk.report(listed(1, *tracks)) == failed(NO_SUCH_SONG)

    def test_by_title(self) -> None:
        talk = shell()
        asked = ListTracks(1, query="elise", limit=100, of_station=True)
        assert talk.command(RequestTitle("elise"), TUNED) == asks(asked)
        assert talk.report(listed(1, TRACKS[0])) == asks(RequestSong(2, 1))

    def test_several_are_shown_to_choose_from(self) -> None:
        talk = shell()
        talk.command(RequestTitle("gymno"), TUNED)
        matches = Matches("gymno", 2, TRACKS[1:], for_request=True)
        assert talk.report(listed(1, *TRACKS[1:])) == Turn(events=(matches,), ended=False)

    def test_a_title_that_does_not_exist(self) -> None:
        talk = shell()
        talk.command(RequestTitle("xyz"), TUNED)
        (event,) = talk.report(listed(1)).events
        assert event == CommandFailed(
            "",
            "There is no such song: nothing matches “xyz”. `songs` shows what there is.",
        )

    def test_a_request_outlives_a_later_play(self) -> None:
        talk = shell()
        talk.command(RequestTitle("elise"), TUNED)
        talk.command(PlayNumber(3), TUNED)
        assert talk.report(listed(1, TRACKS[0])) == asks(RequestSong(3, 1))
