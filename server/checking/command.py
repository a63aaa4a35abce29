# SPDX-License-Identifier: GPL-3.0-or-later
"""`antiphon-server check`: looks at all that a start would need, and changes nothing."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from server.checking.finding import Finding, Grade, error, good
from server.checking.kernel import look_at_congestion, look_at_descriptors
from server.checking.memory import is_in_use, look_at_state, look_at_station_store
from server.checking.music import look_at_folder, look_at_stations
from server.checking.papers import look_at_certificate, look_at_exposure, look_at_users
from server.checking.ports import look_at_ports
from server.config import Config
from server.exit_status import drop_output
from server.library.walk import reason_of
from server.options import OptionsError, Parsed, parse
from server.options import command_line as server_command_line

PROGRAM: Final = "antiphon-server check"
HANDED_OVER: Final = "--handed-over"
_CONFIGURATION: Final = "configuration"

_EPILOG: Final = """\
It says a line of everything that it looks at: good, warning (a server starts, and does less than
you may expect) or error, and what to do. The exit status is 1 where there is an error, else 0.
Run it as the user who runs the server. A folder of music that is called check is served as ./check.

examples:
  antiphon-server check 8080 ./music
  antiphon-server check --config /etc/antiphon.toml && kill -HUP PID
"""


def main(words: Sequence[str]) -> int:
    """Look at everything, and say it; the exit status."""
    if {"-h", "--help"} & set(words):
        command_line().print_help()
        return 0
    worst = False
    try:
        for finding in check(words):
            print(finding, flush=True)  # noqa: T201 a command line; does nothing where there is no output
            worst = worst or finding.grade is Grade.ERROR
    except BrokenPipeError:
        return drop_output()
    except OSError as problem:  # a full disk behind standard output, for one
        sys.stderr.write(f"{PROGRAM}: {reason_of(problem)}\n")
        return 1
    return int(worst)


def check(words: Sequence[str]) -> Iterator[Finding]:
    """What a server with this command line would meet, one thing after the other."""
    handed_over = HANDED_OVER in words
    wrong: list[str] = []
    try:
        parsed = parse([word for word in words if word != HANDED_OVER], wrong=wrong.append)
    except OptionsError as problem:
        wrong.append(str(problem))
        parsed = None
    for text in wrong:
        yield error(_CONFIGURATION, text)
    if parsed is None:
        return
    if not wrong:
        yield good(_CONFIGURATION, _said(parsed))
    yield from _look(parsed.config, handed_over=handed_over)


def _said(parsed: Parsed) -> str:
    where = "the file and the options" if parsed.has_file else "the options"
    return f"{where} make sense"


def _look(config: Config, *, handed_over: bool) -> Iterator[Finding]:
    found, seen = look_at_folder(config)
    yield from found
    running = is_in_use(config.state)
    yield from look_at_state(config, running=running)
    yield from look_at_certificate(config, now=datetime.now(UTC))
    yield from look_at_users(config)
    yield from look_at_exposure(config)
    yield from look_at_ports(config, handed_over=handed_over, running=running)
    yield from look_at_stations(config, seen)
    yield from look_at_station_store(config)
    yield from look_at_descriptors(config)
    yield from look_at_congestion(config)


def command_line() -> argparse.ArgumentParser:
    """The server's own, and one word more; man pages and completion are made from it too."""
    parser = server_command_line()
    parser.prog = PROGRAM
    parser.usage = f"{PROGRAM} [OPTIONS] [PORT] FOLDER"
    parser.description = (
        "Find out whether a server would start with these options, which are those of a server,"
        " and change nothing."
    )
    parser.epilog = _EPILOG
    parser.add_argument(
        HANDED_OVER,
        action="store_true",
        help="somebody else holds the control port for the server, as systemd does: do not try it",
    )
    return parser
