# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts: what is asked, what is printed where, and with which status they end."""

import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from client.batch import Script, feed_descriptor, feed_lines
from client.engine_like import OnReport
from client.printer import JsonPrinter, TextPrinter
from client.render import UNICODE
from client.reports import (
    Connected,
    Disconnected,
    Finished,
    LinkBack,
    LinkLost,
    Notice,
    Report,
    SongFailed,
    Stalled,
)
from client.requests import ListTracks, PlayTrack, Quit, StopSong
from client.sentences import NOTHING_PLAYS
from tests.client.fake_engine import GREETING, FakeEngine


@dataclass
class Stage:
    """A script's surroundings: a fake engine, and two files to print to."""

    page: int = 100
    greeting: Report = GREETING
    after_play: tuple[Report, ...] = ()
    out: io.StringIO = field(default_factory=io.StringIO)
    err: io.StringIO = field(default_factory=io.StringIO)
    engines: list[FakeEngine] = field(default_factory=list)

    def make_engine(self, on_report: OnReport) -> FakeEngine:
        engine = FakeEngine(
            on_report, page=self.page, greeting=self.greeting, after_play=self.after_play
        )
        self.engines.append(engine)
        return engine

    def run(self, *lines: str) -> int:
        printer = TextPrinter(self.out, self.err, None, UNICODE)
        return Script(self.make_engine, printer).run(feed_lines(lines))

    def run_json(self, *lines: str) -> tuple[int, list[dict[str, object]]]:
        status = Script(self.make_engine, JsonPrinter(self.out)).run(feed_lines(lines))
        return status, [json.loads(text) for text in self.out.getvalue().splitlines()]

    @property
    def asked(self) -> Sequence[object]:
        return self.engines[0].asked


def test_a_script_that_succeeds_ends_with_0_and_takes_leave() -> None:
    stage = Stage()
    assert stage.run("list", "play 2", "stop", "quit") == 0
    assert stage.asked == [ListTracks(1), PlayTrack(2, 2), StopSong(3), Quit(4)]
    assert stage.out.getvalue().splitlines() == [
        "1\tFür Elise\tLudwig van Beethoven\tBagatelles\t1:23",
        "2\tGymnopédie No. 1\tErik Satie\tGymnopédies\t3:45",
        "3\tGymnopédie No. 2\tErik Satie\tGymnopédies\t1:02:03",
        "2: Gymnopédie No. 1 by Erik Satie (3:45)",
        "Stopped.",
    ]
    assert stage.err.getvalue() == ""
    assert stage.engines[0].is_closed


def test_the_end_of_the_script_ends_the_music() -> None:
    stage = Stage()
    assert stage.run("play 1") == 0
    assert stage.asked == [PlayTrack(1, 1), Quit(2)]
    words = "“Für Elise” was still playing; `wait` waits for the end of a song.\n"
    assert stage.err.getvalue() == words


@pytest.mark.parametrize("end", ["stop", "quit", "pause", "wait 0"])
def test_an_end_of_the_music_that_is_asked_for_is_no_news(end: str) -> None:
    stage = Stage()
    assert stage.run("play 1", end) == 0
    assert stage.err.getvalue() == ""


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("plya 1", "There is no command “plya”. Did you mean `play`?"),
        ("play 9", "The server has no such track. `list` shows what there is now."),
        ("play xyz", "No track matches “xyz”. `list` shows what there is."),
        ("stop", NOTHING_PLAYS),
        ("more", "There is no more to show. `list` starts from the top."),
        ("wait", NOTHING_PLAYS),
    ],
)
def test_one_failure_makes_the_status_1_and_the_rest_is_done(line: str, sentence: str) -> None:
    stage = Stage()
    assert stage.run(line, "play 1", "stop") == 1
    assert stage.err.getvalue() == sentence + "\n"
    assert "Für Elise" in stage.out.getvalue()


def test_an_ambiguous_title_fails_and_lists_the_matches() -> None:
    stage = Stage()
    assert stage.run("play gymnopédie") == 1
    assert stage.err.getvalue().startswith("2 tracks match “gymnopédie”")
    assert not any(isinstance(request, PlayTrack) for request in stage.asked)


def test_a_title_is_asked_from_the_server() -> None:
    stage = Stage()
    assert stage.run("play für elise") == 0
    assert stage.asked[:2] == [ListTracks(1, "für elise"), PlayTrack(2, 1)]


def test_a_list_of_many_pages_is_printed_whole() -> None:
    stage = Stage(page=1)
    assert stage.run("list") == 0
    assert stage.asked[:3] == [ListTracks(1), ListTracks(2, after=1), ListTracks(3, after=2)]
    assert len(stage.out.getvalue().splitlines()) == 3


def test_wait_waits_for_the_end_of_the_song() -> None:
    stage = Stage(after_play=(Stalled(1), Finished(1, intact=True)))
    assert stage.run("play 1", "wait") == 0
    assert stage.out.getvalue().splitlines()[-1] == "The song is over."
    assert stage.err.getvalue() == "The sound waits for the network.\n"


def test_a_song_that_fails_fails_the_wait() -> None:
    stage = Stage(after_play=(SongFailed(1, "", "The file is gone."),))
    assert stage.run("play 1", "wait") == 1
    assert stage.err.getvalue() == "The song ends here: The file is gone.\n"


def test_wait_with_seconds_succeeds_when_they_have_passed() -> None:
    assert Stage().run("play 1", "wait 0", "stop") == 0


def test_what_stands_behind_quit_is_not_done() -> None:
    stage = Stage()
    assert stage.run("quit", "play 1") == 0
    assert stage.asked == [Quit(1)]


def test_comments_and_blank_lines_do_nothing() -> None:
    stage = Stage()
    assert stage.run("# a tour", "", "   ") == 0
    assert stage.asked == [Quit(1)]


def test_a_server_out_of_reach_is_one_sentence_and_status_1() -> None:
    reason = "Nobody answers at host:1; is the server running?"
    stage = Stage(greeting=Disconnected(reason, error=True))
    assert stage.run("play 1") == 1
    assert (stage.out.getvalue(), stage.err.getvalue()) == ("", reason + "\n")
    assert stage.asked == []
    assert stage.engines[0].is_closed


def test_a_server_that_goes_for_good_fails_what_is_left() -> None:
    stage = Stage(after_play=(Disconnected("The server is gone.", error=True),))
    assert stage.run("play 1", "wait", "play 2") == 1
    assert stage.err.getvalue() == "The server is gone.\n"
    assert stage.asked == [PlayTrack(1, 1)]


def test_json_closes_every_command() -> None:
    stage = Stage(after_play=(Notice("n"),))
    status, printed = stage.run_json(" play 1 ", "paly 2", "quit")
    assert status == 1
    assert [fields["event"] for fields in printed] == [
        "connected",
        "playing",
        "ended",
        "notice",
        "failed",
        "ended",
        "ended",
    ]
    ends = [(f["command"], f["ok"]) for f in printed if f["event"] == "ended"]
    assert ends == [("play 1", True), ("paly 2", False), ("quit", True)]


class BrokenFile(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, text: str, /) -> int:
        raise BrokenPipeError


def test_nobody_reading_ends_the_script_in_order() -> None:
    stage = Stage(out=BrokenFile())
    with pytest.raises(BrokenPipeError):
        stage.run("list")
    assert stage.engines[0].is_closed


@pytest.mark.parametrize("text", ["play 1\nstop\n", "play 1\nstop", "play 1\r\n\r\nstop"])
def test_commands_come_from_a_pipe(text: str) -> None:
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    stage = Stage()
    printer = TextPrinter(stage.out, stage.err, None, UNICODE)
    assert Script(stage.make_engine, printer).run(feed_descriptor(reader)) == 0
    os.close(reader)
    assert stage.asked == [PlayTrack(1, 1), StopSong(2), Quit(3)]


def test_connections_are_no_news_but_the_link_is() -> None:
    lost, again = LinkLost("It broke.", 0.0), Connected("host:1", resumed=True)
    stage = Stage(after_play=(lost, LinkLost("Still.", 1.0), again, LinkBack()))
    assert stage.run("play 1", "stop") == 0
    assert "Connected" not in stage.out.getvalue()
    assert stage.err.getvalue().splitlines() == [
        "Link lost: It broke. Trying again.",
        "The link is back.",
    ]


def test_a_word_about_the_sound_comes_with_the_first_sound_only() -> None:
    class SoundlessEngine(FakeEngine):
        def start(self) -> None:
            self.report(Notice("No sound card."))
            super().start()

    sound = "No sound card.\n"
    for line, said in (("list", ""), ("play 1", sound), ("tune main", sound)):
        err = io.StringIO()
        printer = TextPrinter(io.StringIO(), err, None, UNICODE)
        assert Script(SoundlessEngine, printer).run(feed_lines([line, "quit"])) == 0
        assert err.getvalue() == said
