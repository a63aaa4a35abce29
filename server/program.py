# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's command line: serves, or makes what a server needs before."""

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from server import make_certificate
from server.checking.command import main as check_main
from server.exit_status import FAILED, INTERRUPTED, MISUSED
from server.hang_up import let_come
from server.options import NotHereError, OptionsError, parse
from server.relay.command import main as tree_main
from server.running import run_server
from server.service_manager import HandedOverError, Notifier, take_socket
from server.starting import StartError
from server.users.command import main as users_main
from server.workers import parent

COMMANDS: Final[Mapping[str, Callable[[Sequence[str]], int]]] = {
    "certificate": make_certificate.main,
    "check": check_main,
    "tree": tree_main,
    "user": users_main,
}


def main(words: Sequence[str]) -> int:
    """Run a server until a signal, or make what it needs before; the exit status."""
    try:
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return _obey(words)
    except KeyboardInterrupt:
        return INTERRUPTED


def _obey(words: Sequence[str]) -> int:
    if words and words[0] in COMMANDS:
        let_come()
        return COMMANDS[words[0]](words[1:])
    wrong: list[str] = []
    try:
        parsed = parse(words, wrong=wrong.append)
    except OptionsError as error:
        is_misused = wrong or not isinstance(error, NotHereError)
        return _refused(*wrong, str(error), status=MISUSED if is_misused else FAILED)
    if wrong:
        return _refused(*wrong, status=MISUSED)
    if not parsed.reads_again:
        let_come()  # which is the end, while it starts and later
    manager = Notifier(os.environ)
    try:
        listening = take_socket(os.environ)
        if parsed.config.workers > 1:
            return parent.run(parsed, words, listening=listening, manager=manager)
        return run_server(parsed, reread=lambda: parse(words), listening=listening, manager=manager)
    except (HandedOverError, StartError) as error:
        return _refused(str(error), status=FAILED)


def _refused(*problems: str, status: int) -> int:
    """Tell why there will be no server, a line each; the exit status."""
    for problem in problems:
        print(f"antiphon-server: {problem}", file=sys.stderr)
    return status
