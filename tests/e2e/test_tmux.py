# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell as a person sees it: a real terminal, a real server, keys pressed and screens read."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.server_process import ROOT, ServerProcess, running_server, until
from tests.e2e.terminal import PROMPT, Terminal, terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")

SHELL = "antiphon>"
LIST = [
    "1  Gymnopédie No. 1             Erik Satie             Antiphon sample music  1:39",
    "2  Prelude in C major, BWV 846  Johann Sebastian Bach  Antiphon sample music  1:58",
    "3  Canon in D major             Johann Pachelbel       Antiphon sample music  1:26",
]


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with running_server(ROOT / "music") as process:
        yield process


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Terminal]:
    with terminal(tmp_path) as plain:
        yield plain


def command(server: ServerProcess, *options: str) -> str:
    """The client's command line, which says its exit status when it is over."""
    words = [sys.executable, "-m", "client", "--sink", "null", *options]
    return f"clear; {shlex.join([*words, server.host, str(server.port)])}; echo status $?"


def enter(window: Terminal, server: ServerProcess, *options: str) -> None:
    """Opens the client's shell in the window."""
    window.types(command(server, *options))
    window.shows(SHELL)
    window.status_shows("stopped")


def client_of(window: Terminal) -> int:
    """The process of the client in the window."""
    children = Path(f"/proc/{window.process()}/task/{window.process()}/children")
    return int(children.read_text(encoding="ascii").split()[0])


def test_a_person_lists_plays_switches_stops_and_quits(
    window: Terminal, server: ServerProcess
) -> None:
    enter(window, server)
    window.types("list")
    window.shows(*LIST)
    window.types("play 2")
    window.shows("2: Prelude in C major, BWV 846 by Johann Sebastian Bach (1:58)")
    window.status_shows(" playing", "Prelude in C major", " / 1:58", "bit/s")
    window.types("list canon")  # during the song
    window.shows(f"{SHELL} list canon\n3  Canon in D major  Johann Pachelbel")
    window.types("play 1")
    window.shows("1: Gymnopédie No. 1 by Erik Satie (1:39)")
    window.status_shows("playing  Gymnopédie No. 1 by Erik Satie", "━")
    window.types("stop")
    window.shows("Stopped.")
    window.status_shows("stopped")
    window.types("quit")
    window.shows("status 0", PROMPT)


def test_tab_completes_commands_and_titles(window: Terminal, server: ServerProcess) -> None:
    enter(window, server)
    window.presses("p", "l", "Tab")
    window.shows(f"{SHELL} play")
    window.presses("Space", "C", "a", "n", "Tab")
    window.shows(f"{SHELL} play Canon in D major")
    window.presses("Enter")
    window.status_shows("playing  Canon in D major")


def test_pause_seek_and_resume(window: Terminal, server: ServerProcess) -> None:
    enter(window, server)
    window.types("play 3")
    window.status_shows("playing")
    window.types("pause")
    window.status_shows("paused")
    window.types("seek 1:10")
    window.shows("On from 1:10.")
    window.status_shows("paused", "1:10 / 1:26")
    window.types("seek +5")
    window.status_shows("paused", "1:15 / 1:26")
    window.types("resume")
    window.status_shows("playing", " / 1:26")
    window.types("seek 1:25")
    window.shows("The song is over.")
    window.status_shows("stopped")


def test_ctrl_c_stops_the_song_and_ctrl_d_quits(window: Terminal, server: ServerProcess) -> None:
    enter(window, server)
    window.types("play 1")
    window.status_shows("playing")
    window.presses("C-c")
    window.shows("Stopped.")
    window.presses("x", "y", "z", "C-c")
    window.presses("C-c")
    window.shows("Ctrl-D or `quit` leaves.")
    window.types("play 1")
    window.status_shows("playing")
    window.presses("n", "o", "C-c", "C-c")
    window.presses("l", "i", "s", "t", "Enter")
    window.shows(*LIST)
    window.presses("C-d")
    window.shows("status 0", PROMPT)
    assert "xyz" not in "\n".join(window.screen())


def test_wrong_lines_get_sentences(window: Terminal, server: ServerProcess) -> None:
    enter(window, server)
    for line, sentence in (
        ("plya 1", "There is no command “plya”. Did you mean `play`?"),
        ("play 4711", "there is no track 4711"),
        ("play in", "2 tracks match “in”"),
        ("play nothing like it", "No track matches “nothing like it”."),
        ("seek 1:00", "Nothing is playing;"),
    ):
        window.types(line)
        window.shows(sentence)


def test_the_status_line_fits_a_window_that_shrinks(
    window: Terminal, server: ServerProcess
) -> None:
    enter(window, server)
    window.types("play 2")
    window.status_shows("playing", "bit/s")
    window.resize(44, 20)
    window.status_shows("playing  Prelude in C major, …  0:0")
    window.resize(12, 20)
    until(lambda: window.status_line() == " playing")
    window.resize(90, 20)
    window.status_shows("playing", "bit/s")


def test_a_server_that_dies_and_returns_is_found_again(window: Terminal) -> None:
    with running_server(ROOT / "music") as server:
        enter(window, server)
        window.types("play 3")
        window.status_shows("playing")
        window.presses("h", "a", "l", "f")
        server.kill()
        window.shows("Link lost:", f"{SHELL} half")
        window.status_shows("playing, link lost")
        again = ServerProcess(ROOT / "music", "--state", "none", port=server.port)
        try:
            window.shows("The link is back.", f"{SHELL} half")
            window.status_shows(" playing  Canon")
        finally:
            again.kill()


def test_a_terminal_whose_start_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Terminal.start

    def start_and_fail(window: Terminal) -> None:
        start(window)
        raise TimeoutError

    monkeypatch.setattr(Terminal, "start", start_and_fail)
    with pytest.raises(TimeoutError), terminal(tmp_path) as window:
        window.shows(PROMPT)
    look = ("tmux", "-S", str(tmp_path / "tmux"), "has-session")
    assert subprocess.run(look, check=False).returncode != 0


def test_a_server_out_of_reach_is_one_sentence(window: Terminal) -> None:
    with running_server(ROOT / "music") as server:
        pass
    window.types(command(server))
    window.shows(
        f"Cannot reach 127.0.0.1, port {server.port}: connection refused. Is an", "status 1"
    )
    assert SHELL not in "\n".join(window.screen())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_the_terminal_is_as_it_was(
    window: Terminal, server: ServerProcess, tmp_path: Path, number: signal.Signals
) -> None:
    settings = [tmp_path / "before", tmp_path / "after"]
    window.types(f"stty -a > {settings[0]}")
    enter(window, server)
    window.types("play 1")
    window.status_shows("playing")
    window.presses("h", "a", "l", "f")
    window.shows(f"{SHELL} half")
    os.kill(client_of(window), number)
    window.shows(f"status {128 + number}")
    window.types(f"stty -a > {settings[1]}; echo compared")
    window.shows("\ncompared")
    before, after = (path.read_text(encoding="ascii") for path in settings)
    assert before == after


def test_a_terminal_that_goes_away_ends_the_client(window: Terminal, server: ServerProcess) -> None:
    enter(window, server)
    window.types("play 1")
    window.status_shows("playing")
    client = Path(f"/proc/{client_of(window)}")
    window.hang_up()
    until(lambda: not client.exists(), "the client to end")


def test_the_commands_typed_are_there_the_next_time(
    window: Terminal, server: ServerProcess
) -> None:
    enter(window, server)
    window.types("list satie")
    window.shows("Erik Satie")
    window.presses("C-d")
    window.shows("status 0")
    enter(window, server)
    window.presses("Up")
    window.shows(f"{SHELL} list satie")


def test_a_dumb_terminal_still_plays(window: Terminal, server: ServerProcess) -> None:
    window.types("export TERM=dumb")
    window.types(command(server))
    window.shows(SHELL)
    window.types("play 3")
    window.shows("3: Canon in D major by Johann Pachelbel (1:26)")
    window.presses("C-c")
    window.shows("Stopped.")
    window.presses("C-d")
    window.shows("status 0")


def test_an_ascii_terminal_gets_ascii(window: Terminal, server: ServerProcess) -> None:
    window.types("export PYTHONIOENCODING=ascii NO_COLOR=1")
    enter(window, server)
    window.types("list")
    window.shows("1  Gymnop?die No. 1")
    window.types("play 3")
    window.status_shows("playing  Canon in D major by Johann Pachelbel", "===")
    assert "\n".join(window.screen()).isascii()
