# SPDX-License-Identifier: GPL-3.0-or-later
"""The two programs, as man pages and completion are told of them."""

import argparse
from dataclasses import dataclass

import client.options
import server.checking.command
import server.make_certificate
import server.options
import server.relay.command
import server.users.command


@dataclass(frozen=True, slots=True)
class Program:
    """One that is installed.

    Attributes:
        parser: what reads its command line.
        others: what reads it instead, where the first word is the last of their names.
    """

    parser: argparse.ArgumentParser
    others: tuple[argparse.ArgumentParser, ...] = ()

    @property
    def name(self) -> str:
        """By which it is called."""
        return self.parser.prog


def programs() -> tuple[Program, ...]:
    """Both."""
    return (
        Program(client.options.command_line()),
        Program(
            server.options.command_line(),
            (
                server.users.command.command_line(),
                server.make_certificate.command_line(),
                server.relay.command.command_line(),
                server.checking.command.command_line(),
            ),
        ),
    )
