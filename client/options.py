# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: read once into one frozen `Options`.

`client.option_table` is the only list of the options.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from client.option_rows import add_options
from client.option_table import EPILOG, OPTIONS
from client.option_values import port_number, split_address, start_limits
from client.relay.options import RelayOptions, name_relay_port, relay_options
from client.settings import LIMITS, READ_AHEAD
from client.trust import AuthoritiesError, Trust
from common.constants import DEFAULT_PORT
from common.release import RELEASE
from data.watermark import Limits


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line and the environment say."""

    host: str
    port: int
    commands: tuple[str, ...] = ()  # of -c; none: a shell, or standard input
    station: str | None = None  # of --tune
    json: bool = False
    sink: str = "auto"
    start_seconds: float | None = None  # of --start; None: computed, within `limits`
    limits: Limits = LIMITS
    read_ahead: float = READ_AHEAD
    history: Path | None = None
    trust: Trust | None = None  # of --tls, --ca or --fingerprint; None: plain TCP
    user: str | None = None
    password_file: Path | None = None
    insecure: bool = False
    relay: RelayOptions | None = None  # of --relay and --fed; None: neither
    tells: bool = True  # not with --no-report


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence rather than the whole usage; status 2 as everywhere."""
        self.exit(2, f"{self.prog}: {message}\nTry `{self.prog} --help`.\n")


def read_options(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """The options in `arguments` (without the program's name).

    Raises SystemExit as argparse does: 0 after --help and --version, 2 for a wrong command line;
    and 1 where a file that it names cannot be used.
    """
    parser = command_line()
    try:
        found = parser.parse_args(name_relay_port(arguments))
    except AuthoritiesError as error:
        parser.exit(1, f"{parser.prog}: {error}\n")
    try:
        host, port = split_address(found.host)
    except ValueError as error:
        parser.error(str(error))
    if port is not None and found.port is not None:
        parser.error(f"two ports are given: {port} and {found.port}")
    try:
        limits = start_limits(found.least, found.most)
        relay = relay_options(found)
    except ValueError as error:
        parser.error(str(error))
    if found.password_file is not None and found.user is None:
        parser.error("--password-file wants --user NAME too")
    if found.start is not None and limits != LIMITS:
        parser.error("--start leaves nothing to --least and --most; give it or them")
    return Options(
        host=host,
        port=port or found.port or DEFAULT_PORT,
        commands=tuple(found.command or ()),
        station=found.tune,
        json=found.json,
        sink=found.sink,
        start_seconds=found.start,
        limits=limits,
        read_ahead=found.read_ahead,
        history=_history(found.history, environment),
        trust=_trust(found.ca, found.fingerprint, tls=found.tls),
        user=found.user,
        password_file=found.password_file,
        insecure=found.insecure,
        relay=relay,
        tells=not found.no_report,
    )


def command_line() -> argparse.ArgumentParser:
    """What reads the command line; man pages and completion are made from it too."""
    parser = _Parser(
        prog="antiphon",
        usage="antiphon [OPTION...] HOST [PORT]",
        description="Play music from an Antiphon server.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("host", metavar="HOST", help="where the server is; HOST:PORT is understood too")
    add(
        "port",
        metavar="PORT",
        nargs="?",
        type=port_number,
        help=f"its port (default: {DEFAULT_PORT})",
    )
    add_options(parser, OPTIONS)
    add("--version", action="version", version=f"antiphon {RELEASE}")
    return parser


def _trust(authorities: str | None, fingerprint: bytes | None, *, tls: bool) -> Trust | None:
    """Each of the three asks for TLS."""
    if tls or authorities is not None or fingerprint is not None:
        return Trust(authorities, fingerprint)
    return None


def _history(given: str | None, environment: Mapping[str, str]) -> Path | None:
    if given is not None:
        return None if given == "none" else Path(given)
    state = environment.get("XDG_STATE_HOME", "")
    # The specification says that a relative path there must be ignored.
    if state.startswith("/"):
        return Path(state) / "antiphon" / "history"
    home = environment.get("HOME", "")
    return Path(home) / ".local" / "state" / "antiphon" / "history" if home else None
