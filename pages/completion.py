# SPDX-License-Identifier: GPL-3.0-or-later
"""What bash and zsh complete behind a program's name, made by shtab out of its parser."""

from typing import Final

import shtab

from pages.actions import arguments, options
from pages.programs import Program

# What an option's value is, by the word that `--help` has for it.
_COMPLETED: Final = {
    "FILE": shtab.FILE,
    "DIR": shtab.DIRECTORY,
    "[PORT] FOLDER": shtab.DIRECTORY,
}


def completion(program: Program, shell: str) -> str:
    """The script for "bash" or "zsh"."""
    parser = program.parser
    for action in (*arguments(parser), *options(parser)):
        how = _COMPLETED.get(str(action.metavar))
        if how is not None:
            vars(action)["complete"] = how  # where shtab looks for it
    return shtab.complete(parser, shell)
