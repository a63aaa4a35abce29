# SPDX-License-Identifier: GPL-3.0-or-later
"""Stations at the prompt and in scripts, with an engine that answers at once."""

import io

from client.batch import Script, feed_lines
from client.engine_like import OnReport
from client.printer import TextPrinter
from client.render import UNICODE
from client.requests import EngineRequest, ListTracks, PlayTrack, Quit
from client.shell import GREETING
from client.tuning.requests import BrowseStations, RequestSong, Tune
from tests.client.fake_engine import FakeEngine
from tests.client.person import ENTER, Person, perform


def test_a_person_tunes_in_and_asks_for_a_song() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.type(f"tune m{ENTER}")
        await person.reads("Tuned in to main.")
        person.type(f"request elise{ENTER}")
        await person.reads("Requested")
        person.type(f"quit{ENTER}")

    status, person = perform(play)
    assert status == 0
    assert person.engine.asked == [
        Tune(1, "m"),
        BrowseStations(2),
        Tune(3, "main"),
        ListTracks(4, "elise", of_station=True),
        RequestSong(5, 1),
        Quit(6),
    ]
    assert person.written.splitlines()[2:] == [
        "Tuned in to main.",
        "Requested: Für Elise by Ludwig van Beethoven plays next, in about 1:01.",
    ]


def run(first: str | None, *lines: str) -> tuple[int, list[EngineRequest], str, str]:
    """A script behind a command without which it makes no sense."""
    out, err = io.StringIO(), io.StringIO()
    engines: list[FakeEngine] = []

    def make(on_report: OnReport) -> FakeEngine:
        engines.append(FakeEngine(on_report))
        return engines[0]

    script = Script(make, TextPrinter(out, err, None, UNICODE), first=first)
    status = script.run(feed_lines(lines))
    return status, engines[0].asked, out.getvalue(), err.getvalue()


def test_the_end_of_a_script_is_no_news_to_a_station() -> None:
    status, asked, out, err = run("tune main")
    assert (status, asked) == (0, [Tune(1, "main"), Quit(2)])
    assert (out, err) == ("Tuned in to main.\n", "")


def test_the_rest_is_done_behind_the_first_command() -> None:
    status, asked, *_ = run("tune main", "play 2")
    assert (status, asked) == (0, [Tune(1, "main"), PlayTrack(2, 2), Quit(3)])


def test_without_its_station_a_script_does_nothing_else() -> None:
    status, asked, out, err = run("tune xy", "play 1", "tune main")
    assert (status, asked) == (1, [Tune(1, "xy"), BrowseStations(2), Quit(3)])
    assert (out, err) == ("", "There is no station “xy”. There are jazz and main.\n")
