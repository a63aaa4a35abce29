# SPDX-License-Identifier: GPL-3.0-or-later
"""A program's man page, out of what `--help` is made from: the same words in troff."""

import argparse
import re
import textwrap
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import date
from itertools import groupby
from typing import Final

from pages.actions import arguments, commands, help_of, invocation, options
from pages.programs import Program

WIDTH: Final = 70  # of a line of the source, before troff's escapes

# What troff would take for its own, or show as another character than was meant.
_ESCAPES: Final = str.maketrans(
    {
        "\\": r"\e",
        "-": r"\-",
        "'": r"\(aq",
        "`": r"\(ga",
        "^": r"\(ha",
        "~": r"\(ti",
    }
)
_HEADING: Final = re.compile("[a-z]+:")
_VALUE: Final = re.compile(r"[^][|. ]+")


def man_page(program: Program, release: str, day: date, also: tuple[str, ...]) -> str:
    """The page, of section 1, with the names of `also` to be seen as well."""
    lines = [f'.TH {_escaped(program.name.upper())} 1 {day} "Antiphon {release}" "User Commands"']
    about = program.parser.description or ""
    brief = about[:1].lower() + about[1:].rstrip(".")
    lines += [".SH NAME", rf"{_escaped(program.name)} \- {_escaped(brief)}"]
    lines += [".SH SYNOPSIS", *_synopsis(program.parser)]
    for other in program.others:
        lines += [".br", *_synopsis(other)]
    lines += [".SH DESCRIPTION", *_sentences(about), *_described(program.parser, ".SH")]
    for other in program.others:
        lines += [f".SH {_escaped(other.prog)}".upper().replace(r"\-", "-")]
        known = {help_of(action, program.parser) for action in _all(program.parser)}
        lines += [*_sentences(other.description or ""), *_described(other, ".SS", known)]
    lines += [".SH SEE ALSO", *(rf"\fB{_escaped(name)}\fR(1)" for name in also)]
    return "\n".join(lines) + "\n"


def _synopsis(parser: argparse.ArgumentParser) -> Iterator[str]:
    usage = " ".join((parser.usage or parser.format_usage()).split())
    words = usage.removeprefix("usage: ").removeprefix(parser.prog)
    yield rf"\fB{_escaped(parser.prog)}\fR{_escaped(words)}"


def _all(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [*arguments(parser), *options(parser)]


def _described(
    parser: argparse.ArgumentParser, heading: str, known: AbstractSet[str] = frozenset()
) -> Iterator[str]:
    """All that `--help` says below the usage and the description, but for what is `known`."""
    for title, found in (("ARGUMENTS", arguments(parser)), ("OPTIONS", options(parser))):
        actions = [
            action
            for action in found
            if action.dest == "help" or help_of(action, parser) not in known
        ]
        if actions:
            yield f"{heading} {title}"
        for action in actions:
            yield from _item(action, parser)
    under = commands(parser)
    if under:
        yield f"{heading} COMMANDS"
    for name, about, one in under:
        yield ".TP"
        yield rf"\fB{_escaped(name)}\fR{_escaped(_rest_of_usage(one))}"
        yield from _sentences(about)
        for action in _all(one):
            if action.dest != "help":
                yield ".RS"
                yield from _item(action, one)
                yield ".RE"
    yield from _epilog(parser.epilog or "", heading)


def _rest_of_usage(parser: argparse.ArgumentParser) -> str:
    usage = " ".join(parser.format_usage().split()).removeprefix("usage: ")
    return usage.removeprefix(parser.prog).replace(" [-h]", "")


def _item(action: argparse.Action, parser: argparse.ArgumentParser) -> Iterator[str]:
    names, value = invocation(action)
    bold = ", ".join(rf"\fB{_escaped(name)}\fR" for name in names)
    yield ".TP"
    yield f"{bold} {_value(value)}".strip()
    yield from _sentences(help_of(action, parser))


def _value(text: str) -> str:
    """In italics but for the brackets: those are not to be typed."""
    return _VALUE.sub(lambda found: rf"\fI{_escaped(found[0])}\fR", text)


def _epilog(text: str, heading: str) -> Iterator[str]:
    """Its headings as headings, its sentences filled, its examples line by line as they are."""
    for paragraph in re.split(r"\n\n+", text.strip("\n")):
        lines = paragraph.splitlines()
        if _HEADING.fullmatch(lines[0]):
            yield f"{heading} {lines.pop(0).rstrip(':').upper()}"
        else:
            yield ".PP"
        for indented, run in groupby(lines, key=lambda line: line.startswith(" ")):
            found = list(run)
            # Indented below a heading may be either; a sentence ends as one.
            if indented and not found[-1].endswith("."):
                examples = textwrap.dedent("\n".join(found)).splitlines()
                yield from (".RS 2", ".nf", *map(_line, examples), ".fi", ".RE")
            else:
                yield from _sentences(" ".join(found))


def _sentences(text: str) -> Iterator[str]:
    """Lines of the source; how they are filled is up to who shows the page."""
    return map(_line, textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False))


def _line(text: str) -> str:
    """A line of text, of which nothing is taken for a request."""
    escaped = _escaped(text)
    return rf"\&{escaped}" if escaped.startswith(".") else escaped


def _escaped(text: str) -> str:
    return "".join(
        character if character.isascii() else rf"\[u{ord(character):04X}]"
        for character in text.translate(_ESCAPES)
    )
