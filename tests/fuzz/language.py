# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines typed at the client: a command that can be done, or a sentence that is safe to show."""

from collections.abc import Iterator

from client.commands import Browse, Jump, PlayNumber, PlayTitle, ShowHelp, Wait
from client.language import COMMANDS, CommandError, parse
from client.requests import MAX_TRACK
from client.safe_text import columns, cut, fill, safe
from client.times import clock_words, milliseconds
from common.constants import MAX_TEXT
from common.text import clean, forbidden_character
from control.framing import Deframer, encode
from control.music_messages import List, Play
from tests.fuzz.target import Target, head

_EXAMPLES = (
    "play 1",
    'play "1812"',
    "play --now Für Elise",
    "play 99999999999",
    "play ''",
    "seek +1:02:03.5",
    "seek -10",
    "wait 1.5",
    "help p",
    "pla",
    "s",
    "# nothing",
    "12",
    "list \x1b[31m \u202e\u2028 \u00e9 e\u0301 \U0001f469\u200d\U0001f3a4",
    "list " + "x" * 256,
)


def _seeds() -> Iterator[bytes]:
    for row in COMMANDS:
        for name in (row.name, *row.aliases):
            yield b"\x10" + name.encode()
        yield b"\x20" + row.usage.encode()
    for example in _EXAMPLES:
        yield bytes([len(example) % 256]) + example.encode()


def check(data: bytes) -> None:
    """A command whose words the server takes, or a sentence without a control character."""
    (width,), typed = head(data, 1)
    line = typed.decode("utf-8", "surrogateescape")
    try:
        command = parse(line)
    except CommandError as refusal:
        sentence = str(refusal)
        assert sentence
        assert safe(sentence) == sentence, "a sentence that the terminal would obey"
    else:
        _check_command(command)
        assert parse(f"  {line} ") == command
    _check_texts(line, width)
    ms = milliseconds(line)
    assert ms is None or milliseconds(clock_words(ms)) == ms // 1000 * 1000


def _check_command(command: object) -> None:
    match command:
        case Browse(query) | PlayTitle(title=query):
            _check_goes_through(List(0, 20, query))
        case PlayNumber(track=track):
            assert 0 < track <= MAX_TRACK
            _check_goes_through(Play(track, 1))
        case Jump(ms=ms):
            assert abs(ms) < 1 << 63
        case Wait(seconds=seconds):
            assert seconds is None or seconds >= 0
        case ShowHelp(topic=topic):
            assert topic is None or any(row.name == topic for row in COMMANDS)
        case _:
            pass


def _check_goes_through(request: List | Play) -> None:
    assert list(Deframer().feed(encode(1, request))) == [(1, request)]


def _check_texts(text: str, width: int) -> None:
    shown = safe(text)
    assert safe(shown) == shown
    assert columns(cut(shown, width)) <= width
    assert columns(fill(shown, width)) == width
    cleaned = clean(text, MAX_TEXT)
    assert forbidden_character(cleaned) is None
    assert len(cleaned.encode()) <= MAX_TEXT


TARGETS = (Target("client-language", _seeds, check, longest=600),)
