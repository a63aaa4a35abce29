# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's options, each once: its name, what reads its value, and what `--help` says."""

from pathlib import Path
from typing import Final

from client.language import COMMANDS
from client.language.stations import station_name
from client.login import VARIABLE, user_name
from client.option_rows import Flag, OneOf, Option, Row
from client.option_values import between, file_name, said_of, unchanged
from client.relay.options import RELAY_OPTIONS
from client.settings import LIMITS, MAX_BUFFER, READ_AHEAD
from client.sinks import FORMS, sink_opener
from client.trust import read_authorities, read_fingerprint
from common.constants import DEFAULT_PORT

MOST_START: Final = 60.0  # seconds of sound
MOST_AHEAD: Final = 3600.0  # seconds of sound; as much as bytes allow
LEAST_AHEAD: Final = 1.0  # seconds of sound

EPILOG: Final = f"""\
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

OPTIONS: Final[tuple[Row, ...]] = (
    Option(
        "-c",
        "COMMAND",
        "do this command and leave; may be given several times",
        field="command",
        repeats=True,
    ),
    Option(
        "--tune",
        "NAME",
        "listen to this station: in the shell, before the commands of -c, or until the end",
        unchanged(station_name),
    ),
    Flag("--json", "print one JSON object a line"),
    Option("--sink", "SINK", f"where the sound goes: {FORMS}", unchanged(sink_opener), "auto"),
    Option(
        "--start",
        "SECONDS",
        "seconds of sound that must have arrived before it starts, twice that after a stall"
        " (default: what will last to the end of the song, as the link does)",
        between(0, MOST_START),
    ),
    Option(
        "--least",
        "SECONDS",
        "without --start: never start with less sound"
        f" (default: {LIMITS.least:g}, on a fast link {LIMITS.least_on_fast:g})",
        between(0, MOST_AHEAD),
    ),
    Option(
        "--most",
        "SECONDS",
        f"without --start: never wait for more sound (default: {LIMITS.most:g})",
        between(0, MOST_AHEAD),
    ),
    Option(
        "--read-ahead",
        "SECONDS",
        f"seconds of sound to fetch ahead of what is heard, at most {MAX_BUFFER >> 20} MiB"
        f" (default: {READ_AHEAD:g})",
        between(LEAST_AHEAD, MOST_AHEAD),
        READ_AHEAD,
    ),
    Option(
        "--history",
        "FILE",
        "where the shell keeps the commands typed, or `none` for nowhere",
        file_name,
    ),
    Flag("--tls", "speak TLS, with a server that the system trusts"),
    OneOf(
        (
            Option(
                "--ca",
                "FILE",
                "speak TLS, with a server that these certificates (PEM) vouch for",
                lambda text: read_authorities(file_name(text)),
            ),
            Option(
                "--fingerprint",
                "SHA256",
                "speak TLS, with the server that has exactly this certificate",
                said_of(read_fingerprint),
            ),
        )
    ),
    Option(
        "--user",
        "NAME",
        "who asks, where the server wants to know it",
        said_of(user_name),
    ),
    Option(
        "--password-file",
        "FILE",
        f"the user's password is its first line (else ${VARIABLE}, else it is asked for)",
        lambda text: Path(file_name(text)),
    ),
    Flag("--insecure", "send the password also where others can read it"),
    *RELAY_OPTIONS,
    Flag(
        "--no-report",
        "do not tell the server at the end how long was listened, how long songs took to start"
        " and how often they stalled",
    ),
)
