# SPDX-License-Identifier: GPL-3.0-or-later
"""The interactive shell, typed at through a pipe, with an engine that answers at once."""

import asyncio
import os
import signal

import pytest

from client.reports import (
    Connected,
    Disconnected,
    Finished,
    LinkBack,
    LinkLost,
    Notice,
    Stalled,
)
from client.requests import ListTracks, Pause, PlayTrack, Quit, StopSong
from client.shell import GREETING
from tests.client.person import (
    CTRL_C,
    CTRL_D,
    CTRL_R,
    DEADLINE,
    ENTER,
    TAB,
    Person,
    perform,
)


def test_a_person_lists_plays_and_quits() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.type(f"list{ENTER}play 2{ENTER}quit{ENTER}")

    status, person = perform(play)
    assert status == 0
    assert person.engine.asked == [ListTracks(1), PlayTrack(2, 2), Quit(3)]
    assert person.written.splitlines() == [
        "Connected to host:1.",
        GREETING,
        "1  Für Elise         Ludwig van Beethoven  Bagatelles      1:23",
        "2  Gymnopédie No. 1  Erik Satie            Gymnopédies     3:45",
        "3  Gymnopédie No. 2  Erik Satie            Gymnopédies  1:02:03",
        "2: Gymnopédie No. 1 by Erik Satie (3:45)",
    ]


def test_ctrl_d_quits() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.type(CTRL_D)

    status, person = perform(play)
    assert (status, person.engine.asked) == (0, [Quit(1)])


def test_ctrl_c_stops_the_song_and_never_quits() -> None:
    async def play(person: Person) -> None:
        person.type(f"play 1{ENTER}")
        await person.is_asked(PlayTrack(1, 1))
        person.type(CTRL_C)
        await person.reads("Stopped.")
        person.type(CTRL_C)
        await person.reads("Ctrl-D or `quit` leaves.")
        person.type(CTRL_D)

    status, person = perform(play)
    assert (status, person.engine.asked) == (0, [PlayTrack(1, 1), StopSong(2), Quit(3)])


def test_ctrl_c_empties_the_line_where_nothing_plays() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.type(f"nonsense{CTRL_C}play 1{ENTER}{CTRL_D}")

    status, person = perform(play)
    assert (status, person.engine.asked) == (0, [PlayTrack(1, 1), Quit(2)])


def test_ctrl_c_during_a_song_empties_the_line_as_well() -> None:
    async def play(person: Person) -> None:
        person.type(f"play 1{ENTER}")
        await person.is_asked(PlayTrack(1, 1))
        person.type(f"nonsense{CTRL_C}pause{ENTER}")
        await person.is_asked(Pause(3))
        person.type(CTRL_D)

    _, person = perform(play)
    assert person.engine.asked == [PlayTrack(1, 1), StopSong(2), Pause(3), Quit(4)]


def test_ctrl_c_leaves_a_search_in_the_history() -> None:
    async def play(person: Person) -> None:
        person.type(f"play 1{ENTER}")
        await person.is_asked(PlayTrack(1, 1))
        person.type(f"{CTRL_R}lay{CTRL_C}pause{ENTER}")
        await person.is_asked(Pause(3))
        person.type(CTRL_D)

    _, person = perform(play)
    assert person.engine.asked == [PlayTrack(1, 1), StopSong(2), Pause(3), Quit(4)]


def test_ctrl_c_twice_in_a_hurry_stops_once() -> None:
    async def play(person: Person) -> None:
        person.type(f"play 1{ENTER}")
        await person.is_asked(PlayTrack(1, 1))
        person.engine.is_slow = True
        person.type(f"nonsense{CTRL_C}{CTRL_C}pause{ENTER}")
        await person.is_asked(Pause(3))
        person.engine.catch_up()
        await person.reads("Stopped.")
        person.type(CTRL_D)

    _, person = perform(play)
    assert person.engine.asked == [PlayTrack(1, 1), StopSong(2), Pause(3), Quit(4)]
    assert "Nothing is playing" not in person.written
    assert "leaves." not in person.written


def test_an_interrupt_from_outside_does_what_ctrl_c_does() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        os.kill(os.getpid(), signal.SIGINT)
        await person.reads("Ctrl-D or `quit` leaves.")
        person.type(CTRL_D)

    assert perform(play)[0] == 0


def test_ctrl_c_while_leaving_does_not_wait_for_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("client.shell.FAREWELL", 10 * DEADLINE)

    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.engine.is_slow = True
        person.type(CTRL_D)
        await person.is_asked(Quit(1))
        os.kill(os.getpid(), signal.SIGINT)

    status, person = perform(play)
    assert status == 0
    assert "leaves" not in person.written.replace(GREETING, "")


def test_reports_are_written_while_a_line_is_being_typed() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.type("play")
        person.engine.report(LinkLost("It broke.", 1.0))
        await person.reads("Link lost: It broke. Trying again in 1 s.")
        person.type(f" 3{ENTER}{CTRL_D}")

    _, person = perform(play)
    assert PlayTrack(1, 3) in person.engine.asked


def test_a_wrong_line_gets_a_sentence_and_the_prompt_is_there_again() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.type(f"plya{ENTER}")
        await person.reads("There is no command “plya”. Did you mean `play`?")
        person.type(f"{ENTER}{CTRL_D}")

    assert perform(play)[0] == 0


@pytest.mark.parametrize("pasted", ["\x1b[31m", "\x1b[<;;M", "\x1b[0;1m", "\x1b[<0;1;1M"])
def test_a_pasted_colour_is_overlooked(pasted: str) -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.type(f"{pasted}play {pasted}2{ENTER}{CTRL_D}")

    _, person = perform(play)
    assert person.engine.asked == [PlayTrack(1, 2), Quit(2)]


def test_what_happens_to_a_song_is_said() -> None:
    async def play(person: Person) -> None:
        person.type(f"play 1{ENTER}")
        await person.reads("The song is over.")
        person.type(CTRL_D)

    _, person = perform(play, after_play=(Stalled(1), Finished(1, intact=True)))
    assert "The sound waits for the network." in person.written


def test_tab_completes_a_title_of_the_server() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.type(f"play eli{TAB}")
        await person.sees(lambda: "eli" in [getattr(r, "query", "") for r in person.engine.asked])
        await person.line_becomes("play Für Elise")
        person.type(f"{ENTER}{CTRL_D}")

    _, person = perform(play)
    assert ListTracks(1, "Für Elise") in person.engine.asked
    assert PlayTrack(2, 1) in person.engine.asked


def test_a_server_out_of_reach_is_one_sentence_and_no_prompt() -> None:
    async def play(person: Person) -> None:
        await asyncio.sleep(0)

    status, person = perform(play, greeting=Disconnected("Nobody answers.", error=True))
    assert (status, person.written) == (1, "Nobody answers.\n")


def test_a_server_that_goes_for_good_ends_the_shell() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        person.engine.report(Disconnected("The server is gone.", error=True))

    status, person = perform(play)
    assert status == 1
    assert person.written.endswith("The server is gone.\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(number: signal.Signals) -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        os.kill(os.getpid(), number)

    status, person = perform(play)
    assert (status, person.engine.asked) == (128 + number, [Quit(1)])


def test_a_signal_before_the_connection_ends_it_too() -> None:
    async def play(person: Person) -> None:
        await person.reads("Still trying.")
        os.kill(os.getpid(), signal.SIGTERM)

    assert perform(play, greeting=Notice("Still trying."))[0] == 128 + signal.SIGTERM


def test_a_link_that_comes_back_is_said_once() -> None:
    async def play(person: Person) -> None:
        await person.reads(GREETING)
        for report in (LinkLost("It broke.", 0.0), LinkLost("Still.", 1.0), LinkBack()):
            person.engine.report(report)
        person.engine.report(Connected("host:1", resumed=True))
        await person.reads("The link is back.")
        person.type(CTRL_D)

    _, person = perform(play)
    assert person.written.splitlines()[2:] == [
        "Link lost: It broke. Trying again.",
        "The link is back.",
    ]
