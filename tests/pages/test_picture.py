# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's picture shows what the programs show today, and shows it as a terminal would."""

import html
import os
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pages.picture import __main__ as command
from pages.picture import terminal as at_terminal
from pages.picture.scene import ROOT, played
from pages.picture.screen import PLAIN, Cell, Look, Screen, runs, words
from pages.picture.svg import WIDTH, drawn
from pages.picture.terminal import NotShownError, terminal

SVG = "{http://www.w3.org/2000/svg}"
KEPT = ROOT / "pages" / "terminal.svg"


def lines(svg: str) -> list[str]:
    """What can be read in a picture."""
    found = re.findall(r"<text.*?</text>", svg)
    texts = (html.unescape(re.sub(r"<.*?>", "", line)).rstrip() for line in found)
    return [text for text in texts if text]


def without_figures(line: str) -> str:
    """How fast the link is, how much has come and where the song is are another every time."""
    line = re.sub(r"\d+(\.\d+)?( [kMG]?(?=bit/s))?", "0", line)
    return re.sub("[━─·]+", "━", line)


def read(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 (our own)


def screen_of(*texts: str) -> Screen:
    return tuple(tuple(Cell(letter) for letter in text) for text in texts)


# ---------------------------------------------------------------- the one that is kept


def test_the_picture_that_is_kept_shows_what_the_programs_show_today() -> None:
    today = lines(command.picture(played()))
    kept = lines(KEPT.read_text("utf-8"))
    assert list(map(without_figures, kept)) == list(map(without_figures, today)), (
        "if that is meant to be so, script/picture makes the picture anew"
    )


def test_the_readme_shows_it() -> None:
    place = KEPT.relative_to(ROOT)
    assert f"]({place})" in (ROOT / "README.md").read_text("utf-8")


# ---------------------------------------------------------------- the drawing


def test_the_drawing_is_xml_whatever_stands_on_the_screen() -> None:
    odd = "<a> & \"b\" 'c' ]]> é 日本"
    root = read(drawn(screen_of(odd, ""), title="<&>", description=odd))
    assert root.findtext(f"{SVG}title") == "<&>"
    assert root.findtext(f"{SVG}desc") == odd
    (text,) = root.iter(f"{SVG}text")
    assert "".join(text.itertext()) == odd


def test_what_looks_another_way_stands_in_its_columns() -> None:
    green = Look("green", bold=True)
    line = (Cell("a"), Cell(" "), Cell("b", green), Cell("c", green), Cell(" "))
    root = read(drawn((line,), title="", description=""))
    plain, coloured = root.iter(f"{SVG}tspan")
    assert (plain.text, coloured.text) == ("a ", "bc")
    assert float(coloured.attrib["x"]) - float(plain.attrib["x"]) == pytest.approx(2 * WIDTH)
    assert coloured.attrib["font-weight"] == "bold"
    assert "fill" in coloured.attrib
    assert "fill" not in plain.attrib


@pytest.mark.parametrize("look", [Look(reverse=True), Look(background="0000ff")], ids=str)
def test_what_has_a_background_is_drawn_on_one(look: Look) -> None:
    def grounds(screen: Screen) -> int:
        return drawn(screen, title="", description="").count("<rect")

    assert grounds(((Cell("a", look),),)) == grounds(screen_of("a")) + 1


def test_blanks_behind_a_line_are_not_drawn_and_those_that_look_are() -> None:
    assert runs(screen_of("  ")[0]) == []
    (run,) = runs((*screen_of("a ")[0], Cell(" "), Cell(" ")))
    assert (run.text, run.columns) == ("a", 1)
    assert runs((Cell(" ", Look(reverse=True)),))[0].text == " "


# ---------------------------------------------------------------- the terminal

# Asks where the cursor is, as a shell with a status line does, and tells what it was answered.
ASKING = """
import os, sys, termios, tty
tty.setraw(0)
print("ab", end="\033[6n", flush=True)
answer = b""
while not answer.endswith(b"R"):
    answer += os.read(0, 1)
size = os.get_terminal_size()
print(f"\033[2J\033[H\033[1;32m{answer[1:].decode()}\033[0m", end=" ")
print(f"{size.columns}x{size.lines}", flush=True)
os.read(0, 1)
"""


def test_a_program_finds_a_terminal_of_the_size_that_answers(tmp_path: Path) -> None:
    asking = (sys.executable, "-c", ASKING)
    with terminal(asking, tmp_path, os.environ, columns=30, lines=4) as window:
        window.shows(r"30x4")
        line = window.screen()[0]
    assert words(line) == "[1;3R 30x4"
    assert line[0].look == Look("green", bold=True)
    assert line[6].look == PLAIN


def test_what_is_never_shown_is_said_with_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saying = (sys.executable, "-c", "print('nothing of that')")
    with (
        terminal(saying, tmp_path, os.environ, columns=30, lines=4) as window,
        pytest.raises(NotShownError, match=r"'music'.*\nnothing of that"),
    ):
        window.shows("music")
    monkeypatch.setattr(at_terminal, "PATIENCE", 0.0)
    waiting = (sys.executable, "-c", "input()")
    with (
        terminal(waiting, tmp_path, os.environ, columns=30, lines=4) as window,
        pytest.raises(NotShownError),
    ):
        window.shows("music")


# ---------------------------------------------------------------- the command


def test_the_command_writes_the_picture_or_says_why_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def shown(port: int = 0) -> Screen:
        if port == 8080:
            raise NotShownError("no port")
        return screen_of("antiphon> list", "", "1  Canon")

    monkeypatch.setattr(command, "played", shown)
    made = tmp_path / "made.svg"
    assert command.main([str(made)]) == 0
    assert lines(made.read_text("utf-8")) == ["antiphon> list", "1  Canon"]
    assert capsys.readouterr().out == f"{made}\n"
    assert command.main([str(made), "8080"]) == 1
    assert capsys.readouterr().err == "picture: no port\n"
    assert command.main([]) == 2
    assert capsys.readouterr().err.startswith("usage: ")
