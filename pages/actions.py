# SPDX-License-Identifier: GPL-3.0-or-later
"""What argparse keeps of a command line, the one place that looks at its inside."""

# argparse has no public way to ask a parser for its arguments; shtab asks in this one too.
# pyright: reportPrivateUsage=false
# ruff: noqa: SLF001

import argparse
from collections.abc import Iterable


def arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """Those without dashes, but for the names of commands."""
    return [
        action
        for action in parser._actions
        if not action.option_strings and not isinstance(action, argparse._SubParsersAction)
    ]


def options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """Those with dashes, in the order of `--help`."""
    return [action for action in parser._actions if action.option_strings]


def commands(
    parser: argparse.ArgumentParser,
) -> list[tuple[str, str, argparse.ArgumentParser]]:
    """The name of each command, what it does, and what reads the rest of its line."""
    return [
        (name, abouts.get(name, ""), one)
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for abouts in [{about.dest: about.help or "" for about in action._choices_actions}]
        for name, one in action.choices.items()
    ]


def with_commands(
    parser: argparse.ArgumentParser, others: Iterable[argparse.ArgumentParser]
) -> argparse.ArgumentParser:
    """One with its options, and for arguments those that read the line instead, by their names."""
    made = argparse.ArgumentParser(parser.prog, description=parser.description, add_help=False)
    for option in options(parser):
        made._add_action(option)
    found = made.add_subparsers()
    for other in others:
        name = other.prog.split()[-1]
        found._name_parser_map[name] = other
        about = found._ChoicesPseudoAction(name, [], other.description)
        found._choices_actions.append(about)
    return made


def invocation(action: argparse.Action) -> tuple[tuple[str, ...], str]:
    """An option's names, and how its value is written; an argument has no name."""
    value = "" if action.nargs == 0 else str(action.metavar or action.dest)
    optional = action.nargs == "?" and bool(action.option_strings)
    return tuple(action.option_strings), f"[{value}]" if optional else value


def help_of(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    """What `--help` says of it."""
    return (action.help or "") % {**vars(action), "prog": parser.prog}
