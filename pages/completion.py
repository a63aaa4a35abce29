# SPDX-License-Identifier: GPL-3.0-or-later
"""What bash and zsh complete behind a program's name, made by shtab out of its parser."""

import argparse
from string import Template
from typing import Final

import shtab

from pages.actions import arguments, commands, options, with_commands
from pages.programs import Program

# What an option's value is, by the word that `--help` has for it.
_COMPLETED: Final = {
    "FILE": shtab.FILE,
    "DIR": shtab.DIRECTORY,
    "FOLDER": shtab.DIRECTORY,
    "[PORT] FOLDER": shtab.DIRECTORY,
}

# shtab knows a first word that is a command, or an argument, and not one that may be either.
_EITHER: Final = {
    "bash": Template("""\
${prefix}_pos_0_COMPGEN=_shtab_compgen_dirs
${prefix}_pos_1_COMPGEN=_shtab_compgen_dirs
"""),
    "zsh": Template("""\
functions[${prefix}_with_command]=$$functions[${prefix}]
${prefix}_own=($$${prefix}_options)

${prefix}_first() {
  _alternative 'commands:command:${prefix}_commands' 'folders:folder:_files -/'
}

${prefix}() {
  if (( CURRENT > 2 )) && [[ $$words[2] == (${names}) ]]; then
    ${prefix}_with_command
  else
    _arguments -s $$${prefix}_own '1: :${prefix}_first' '*:folder:_files -/'
  fi
}
"""),
}


def completion(program: Program, shell: str) -> str:
    """The script for "bash" or "zsh"."""
    parser = program.parser
    for one in (parser, *program.others):
        _complete_values(one)
    if not program.others:
        return shtab.complete(parser, shell)
    whole = with_commands(parser, program.others)
    prefix = "_shtab_" + parser.prog.replace("-", "_")
    names = "|".join(name for name, _about, _one in commands(whole))
    either = _EITHER[shell].substitute(prefix=prefix, names=names)
    return shtab.complete(whole, shell, preamble=either)


def _complete_values(parser: argparse.ArgumentParser) -> None:
    for action in (*arguments(parser), *options(parser)):
        how = _COMPLETED.get(str(action.metavar))
        if how is not None:
            vars(action)["complete"] = how  # where shtab looks for it
    for _name, _about, one in commands(parser):
        _complete_values(one)
