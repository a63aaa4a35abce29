# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command of the language, and a sentence for every wrong one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from client.language import COMMANDS, CommandError, parse
from client.safe_text import safe
from tests.client.tuning import examples

RIGHT: list[tuple[str, Command]] = [
    ("list", Browse("")),
    ("ls", Browse("")),
    ("LIST", Browse("")),
    ("list für elise", Browse("für elise")),
    ("  list   two \t words ", Browse("two words")),
    ("list\twords", Browse("words")),
    ("search satie", Browse("satie")),
    ("more", More()),
    ("m", More()),
    ("play 3", PlayNumber(3)),
    ("p 4294967295", PlayNumber(4294967295)),
    ("play 007", PlayNumber(7)),
    ("play Für Elise", PlayTitle("Für Elise")),
    ('play "1812"', PlayTitle("1812")),
    ("play '1812'", PlayTitle("1812")),
    ('play "a', PlayTitle('"a')),
    ("play 3 blind mice", PlayTitle("3 blind mice")),
    ("play -1", PlayTitle("-1")),
    ("play ٣", PlayTitle("٣")),
    ("play", PlayOn()),
    ("play --now", PlayNow()),
    ("play --now 3", PlayNumber(3, at_once=True)),
    ("p 3  --now", PlayNumber(3, at_once=True)),
    ("play --now Für Elise", PlayTitle("Für Elise", at_once=True)),
    ('play --now "1812"', PlayTitle("1812", at_once=True)),
    ('play "--now"', PlayTitle("--now")),
    ("play --nowhere", PlayTitle("--nowhere")),
    ("stop", Stop()),
    ("s", Stop()),
    ("pause", Hold()),
    ("pau", Hold()),
    ("resume", Resume()),
    ("r", Resume()),
    ("seek 1:23", Jump(83_000, relative=False)),
    ("seek 83", Jump(83_000, relative=False)),
    ("seek +10", Jump(10_000, relative=True)),
    ("seek + 10", Jump(10_000, relative=True)),
    ("seek -1:30", Jump(-90_000, relative=True)),
    ("seek 0", Jump(0, relative=False)),
    ("status", ShowStatus()),
    ("wait", Wait(None)),
    ("wait 10", Wait(10.0)),
    ("w 0.5", Wait(0.5)),
    ("help", ShowHelp(None)),
    ("?", ShowHelp(None)),
    ("help play", ShowHelp("play")),
    ("help p", ShowHelp("play")),
    ("quit", Leave()),
    ("q", Leave()),
    ("exit", Leave()),
]

WRONG = [
    ("plya 3", "There is no command “plya”. Did you mean `play`?"),
    ("lsit", "There is no command “lsit”. Did you mean `list`?"),
    ("xyzzy", "There is no command “xyzzy”. `help` shows the commands."),
    ("st", "“st” could be `stop` or `status` or `stations`; a letter more will do."),
    ("3", "To play track 3, type `play 3`."),
    ("play 0", "There is no track 0; `list` shows the numbers."),
    ("play 4294967296", "There is no track 4294967296; `list` shows the numbers."),
    ("play " + "9" * 20, f"There is no track {'9' * 20}; `list` shows the numbers."),
    ("play " + "9" * 21, f"There is no track {'9' * 19}…; `list` shows the numbers."),
    ("play --now 0", "There is no track 0; `list` shows the numbers."),
    ('play ""', "There is no title between the quotes. Try `play 1` or `play TITLE`."),
    ("list \x1b[2J", "There is a control character in the text; please type it without."),
    ("play a\x07", "There is a control character in the text; please type it without."),
    ("list " + "ü" * 128, "The text is too long: a search has room for 255 bytes."),
    ("seek", "Say where to: `seek 1:23`, `seek +10` or `seek -10`."),
    (
        "seek soon",
        "“soon” is no time. Write `seek 1:23`, `seek 83`, `seek +10` or `seek -1:30`.",
    ),
    (
        "seek +",
        "“+” is no time. Write `seek 1:23`, `seek 83`, `seek +10` or `seek -1:30`.",
    ),
    (
        "wait -1",
        "“-1” is no number of seconds. Write `wait 10`, `wait 1:30` or just `wait`.",
    ),
    ("stop it", "`stop` stands alone; it cannot take “it”."),
    ("quit now", "`quit` stands alone; it cannot take “now”."),
    ("help paly", "There is no command “paly”. Did you mean `play`?"),
    ("\x1b[31mred", "There is no command “\ufffd[31mred”. `help` shows the commands."),
]


@pytest.mark.parametrize(("line", "command"), [*RIGHT, *examples.RIGHT])
def test_a_command_is_understood(line: str, command: Command) -> None:
    assert parse(line) == command


@pytest.mark.parametrize(("line", "sentence"), [*WRONG, *examples.WRONG])
def test_a_wrong_line_gets_a_sentence_that_helps(line: str, sentence: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse(line)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("line", ["", "   ", "\t", "# a comment", "#"])
def test_nothing_and_comments_are_no_commands(line: str) -> None:
    assert parse(line) is None


def test_every_command_and_alias_is_in_the_examples_above() -> None:
    tried = {type(command) for _, command in [*RIGHT, *examples.RIGHT]}
    assert tried == set(Command.__args__)


def test_no_word_means_two_commands() -> None:
    words = [word for row in COMMANDS for word in (row.name, *row.aliases)]
    assert len(words) == len(set(words))


@given(st.text(max_size=300))
def test_any_line_is_a_command_or_a_sentence_fit_for_a_terminal(line: str) -> None:
    sentence = ""
    try:
        parse(line)
    except CommandError as error:
        sentence = str(error)
    assert safe(sentence) == sentence
