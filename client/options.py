# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: read once into one frozen `Options`."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from client.language import COMMANDS
from client.login import VARIABLE, user_name
from client.option_values import (
    between,
    port_number,
    said_of,
    sink,
    split_address,
    start_limits,
)
from client.relay.options import (
    RelayOptions,
    add_relay_options,
    name_relay_port,
    relay_options,
)
from client.settings import LIMITS, MAX_BUFFER, READ_AHEAD
from client.sinks import FORMS
from client.trust import Trust, read_authorities, read_fingerprint
from common.constants import DEFAULT_PORT
from common.release import RELEASE
from data.watermark import Limits

MOST_START: Final = 60.0  # seconds of sound
MOST_AHEAD: Final = 3600.0  # seconds of sound; as much as bytes allow
LEAST_AHEAD: Final = 1.0  # seconds of sound

_EPILOG: Final = f"""\
commands:
  {", ".join(row.name for row in COMMANDS)}.
  `help` in the shell explains them.

  Without -c, and with a terminal to type at, the client is a shell. Otherwise it does the commands
  of -c, or those on standard input, one after the other. The exit status is 0 only if every one of
  them succeeded. A script should `wait` for the end of a song: its own end stops the music.

examples:
  antiphon localhost                                 the shell, port {DEFAULT_PORT}
  antiphon 192.0.2.7 8080                            another port
  antiphon '[2001:db8::7]:8080'                      an IPv6 address with its port
  antiphon -c 'play Für Elise' -c wait localhost     one song
  antiphon --json -c list localhost                  for programs (client/JSON.md)
  antiphon -c 'play 2' -c wait --sink wav:two.wav localhost
  antiphon --sink tape:evening.wav localhost         what was heard, with its silences
  antiphon --tune main localhost                     a station, in the shell or in a script
  antiphon --tune main --relay 8000 radio.example    and pass it on to others
  antiphon --tls radio.example                       encrypted, or not at all
  antiphon --user alice localhost                    asks for her password
  antiphon --least 5 localhost                       5 s of sound before a song starts, or more;
                                                     `play --now 3` in the shell starts at once

files:
  $XDG_STATE_HOME/antiphon/history   the commands typed in the shell; see --history
"""


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

    Raises SystemExit as argparse does: 0 after --help and --version, 2 for a wrong command line.
    """
    parser = command_line()
    found = parser.parse_args(name_relay_port(arguments))
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
        commands=tuple(found.command),
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
        epilog=_EPILOG,
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
    add(
        "-c",
        dest="command",
        metavar="COMMAND",
        action="append",
        default=[],
        help="do this command and leave; may be given several times",
    )
    add(
        "--tune",
        metavar="NAME",
        help="listen to this station: in the shell, before the commands of -c, or until the end",
    )
    add("--json", action="store_true", help="print one JSON object a line")
    add(
        "--sink",
        default="auto",
        type=sink,
        metavar="SINK",
        help=f"where the sound goes: {FORMS}",
    )
    add(
        "--start",
        type=between(0, MOST_START),
        metavar="SECONDS",
        help="seconds of sound that must have arrived before it starts, twice that after a stall"
        " (default: what will last to the end of the song, as the link does)",
    )
    add(
        "--least",
        type=between(0, MOST_AHEAD),
        metavar="SECONDS",
        help="without --start: never start with less sound"
        f" (default: {LIMITS.least:g}, on a fast link {LIMITS.least_on_fast:g})",
    )
    add(
        "--most",
        type=between(0, MOST_AHEAD),
        metavar="SECONDS",
        help=f"without --start: never wait for more sound (default: {LIMITS.most:g})",
    )
    add(
        "--read-ahead",
        default=READ_AHEAD,
        type=between(LEAST_AHEAD, MOST_AHEAD),
        metavar="SECONDS",
        help="seconds of sound to fetch ahead of what is heard, at most"
        f" {MAX_BUFFER >> 20} MiB (default: %(default)g)",
    )
    add(
        "--history",
        metavar="FILE",
        help="where the shell keeps the commands typed, or `none` for nowhere",
    )
    add("--tls", action="store_true", help="speak TLS, with a server that the system trusts")
    whom = parser.add_mutually_exclusive_group()
    whom.add_argument(
        "--ca",
        type=said_of(read_authorities),
        metavar="FILE",
        help="speak TLS, with a server that these certificates (PEM) vouch for",
    )
    whom.add_argument(
        "--fingerprint",
        type=said_of(read_fingerprint),
        metavar="SHA256",
        help="speak TLS, with the server that has exactly this certificate",
    )
    add(
        "--user",
        type=said_of(user_name),
        metavar="NAME",
        help="who asks, where the server wants to know it",
    )
    add(
        "--password-file",
        type=Path,
        metavar="FILE",
        help=f"the user's password is its first line (else ${VARIABLE}, else it is asked for)",
    )
    add("--insecure", action="store_true", help="send the password also where others can read it")
    add_relay_options(parser)
    add(
        "--no-report",
        action="store_true",
        help="do not tell the server at the end how long was listened, how long songs took to start"
        " and how often they stalled",
    )
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
