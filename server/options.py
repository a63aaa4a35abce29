# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line and TOML file to one Config.

Every option has one name, `--like-this` on the command line and `like-this` in the file; the
command line wins. `OPTIONS` is the only list of them.
"""

import argparse
import hashlib
import os
import shlex
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

from common.constants import DEFAULT_PORT
from common.release import RELEASE
from common.small_file import read_small_file
from server.config import (
    DEFAULT_DATA_PORTS,
    Config,
    Limits,
    Timers,
    is_loopback,
)
from server.congestion import PREFERRED, SYSTEM
from server.option_values import DIGITS, PORT, congestion_control, flag, ports, text, whole

MOST_BYTES: Final = 1 << 20  # of the file

EPILOG: Final = f"""\
examples:
  antiphon-server ./music                    every address, port {DEFAULT_PORT}
  antiphon-server 8080 ./music               another port
  antiphon-server --host 127.0.0.1 ./music   this machine only
  antiphon-server --config /etc/antiphon.toml
  antiphon-server user --help                who may listen; a folder called user is ./user
  antiphon-server certificate --help         makes a certificate for TLS

In the file, each option is a key without its dashes, at the top level:
  folder = "/srv/music"
  port = 8080
  data-ports = "{DEFAULT_DATA_PORTS}"

A firewall has to admit the control port and the data ports. SIGTERM lets what is playing arrive
and takes nothing new; Ctrl-C, or a second signal, says goodbye to everybody at once. SIGHUP reads
the file again.
"""


class OptionsError(Exception):
    """The configuration makes no sense; the text says where and what to do."""


@dataclass(frozen=True, slots=True)
class Option:
    """One setting, with what turns its text or TOML value into the wanted type."""

    name: str
    parse: Callable[[Any], Any]
    metavar: str
    help: str
    default: Any = None


_SECONDS = whole(1, 65535)

OPTIONS: Final = (
    Option("host", text, "ADDRESS", "listen on this address only (default: all of them)", ""),
    Option(
        "data-ports",
        ports,
        "LOW-HIGH",
        f"data ports; any: whatever is free (default: {DEFAULT_DATA_PORTS}, on loopback any)",
    ),
    Option(
        "state",
        text,
        "DIR",
        "keeps track ids and indexes; none: forget them at the end "
        "(default: a folder below $XDG_STATE_HOME or ~/.local/state)",
    ),
    Option(
        "users",
        text,
        "FILE",
        "only they may listen (`antiphon-server user add NAME --file FILE` makes it)",
    ),
    Option("rescan", _SECONDS, "SECONDS", "look through the whole folder this often", 300),
    Option(
        "congestion",
        congestion_control,
        "NAME",
        f"congestion control of the sound, where the kernel has it; {SYSTEM}: its default",
        PREFERRED,
    ),
    Option(
        "certificate",
        text,
        "FILE",
        "speak TLS with this certificate, in PEM form (`antiphon-server certificate` makes one)",
    ),
    Option("key", text, "FILE", "the certificate's key, where that is in a file of its own"),
    Option("max-sessions", whole(1, 1_000_000), "N", "listeners in all", Limits().sessions),
    Option(
        "max-sessions-per-address",
        whole(0, 1_000_000),
        "N",
        "listeners from one address; 0: any number",
        Limits().sessions_per_address,
    ),
    Option(
        "max-waiting",
        whole(1, 100_000),
        "N",
        "connections that have not said HELLO or ATTACH yet",
        Limits().waiting,
    ),
    Option(
        "max-waiting-per-address",
        whole(0, 100_000),
        "N",
        "those of them from one address; 0: any number",
        Limits().waiting_per_address,
    ),
    Option("hello-timeout", _SECONDS, "SECONDS", "time to say HELLO", Timers().hello_timeout),
    Option("ticket-lifetime", _SECONDS, "SECONDS", "time to attach", Timers().ticket_lifetime),
    Option("heartbeat", _SECONDS, "SECONDS", "silence before a PING", Timers().heartbeat),
    Option("dead-after", _SECONDS, "SECONDS", "silence before giving up", Timers().dead_after),
    Option("grace", whole(0, 65535), "SECONDS", "keep a lost session", Timers().grace),
    Option("idle-timeout", _SECONDS, "SECONDS", "end an idle session", Timers().idle_timeout),
    Option("stall-timeout", _SECONDS, "SECONDS", "a peer that never reads", Timers().stall_timeout),
    Option(
        "drain-timeout",
        whole(0, 65535),
        "SECONDS",
        "time for what is playing to arrive, after SIGTERM",
        Timers().drain_timeout,
    ),
)

# Off, unless the line or the file say so.
FLAGS: Final = ("verbose", "follow-links", "insecure", "reuse-port")

_IN_FILE: Final = {
    "folder": text,
    "port": PORT,
    **dict.fromkeys(FLAGS, flag),
    **{option.name: option.parse for option in OPTIONS},
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """The configuration, and how much to say.

    Attributes:
        config: what the server is built from.
        verbose: whether to tell of every session.
        settings: all of that by its names in the file, to be compared.
        has_file: whether a file was named, which may change.
    """

    config: Config
    verbose: bool
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    has_file: bool = False


def parse(arguments: Sequence[str]) -> Parsed:
    """Raises OptionsError; `--help` and `--version` exit as argparse does."""
    given = vars(_parser().parse_intermixed_args(arguments))
    values: dict[str, Any] = {option.name: option.default for option in OPTIONS}
    values |= {"port": DEFAULT_PORT, "folder": None, **dict.fromkeys(FLAGS, False)}
    if given["config"] is not None:
        values |= read_file(Path(given["config"]))
    port, folder = _positional(given["where"])
    if port is not None:
        values["port"] = port
    if folder is not None:
        values["folder"] = folder
    for option in OPTIONS:
        text = given[option.name.replace("-", "_")]
        if text is not None:
            values[option.name] = _parsed(f"--{option.name}", option.parse, text)
    for name in FLAGS:
        values[name] = values[name] or given[name.replace("-", "_")]
    if values["folder"] is None:
        raise OptionsError("no music folder was given: antiphon-server [PORT] FOLDER")
    return Parsed(_config(values), values["verbose"], values, given["config"] is not None)


def read_file(path: Path) -> dict[str, Any]:
    """The settings of a TOML file; raises OptionsError, also for a key that nobody knows."""
    try:
        content = tomllib.loads(read_small_file(path, MOST_BYTES).decode())
    except OSError as error:
        raise OptionsError(f"cannot read {path}: {error.strerror}") from None
    except RecursionError:
        raise OptionsError(f"{path} is no TOML file: it is nested too deeply") from None
    except ValueError as error:  # no TOML, no UTF-8, or a number of thousands of digits
        raise OptionsError(f"{path} is no TOML file: {error}") from None
    unknown = sorted(content.keys() - _IN_FILE.keys())
    if unknown:
        known = ", ".join(sorted(_IN_FILE))
        raise OptionsError(f"{path}: unknown key {unknown[0]}; known are: {known}")
    return {key: _parsed(f"{path}: {key}", _IN_FILE[key], content[key]) for key in content}


def _parsed(name: str, parser: Callable[[Any], Any], value: Any) -> Any:  # noqa: ANN401
    try:
        return parser(value)
    except ValueError as error:
        raise OptionsError(f"{name}: {error}") from None


def _positional(words: Sequence[str]) -> tuple[int | None, str | None]:
    """[PORT] [FOLDER]: a first word of digits is a port."""
    rest = list(words)
    port = None
    if rest and DIGITS.fullmatch(rest[0]):
        port = _parsed("PORT", PORT, rest.pop(0))
    if len(rest) > 1:
        raise OptionsError(_too_many(port, rest))
    return port, rest[0] if rest else None


def _too_many(port: int | None, words: Sequence[str]) -> str:
    """What is wrong with two words or more that are no port, of which one is wanted."""
    if port is None and len(words) == 2 and DIGITS.fullmatch(words[1]):
        return f"PORT goes before FOLDER: antiphon-server {words[1]} {shlex.quote(words[0])}"
    wanted = "the name of a folder with spaces in it wants quotes"
    if port is None:
        return f"PORT must be a whole number from 0 to 65535, not {words[0]}; {wanted}"
    return f"too many words: {' '.join(words[1:])}; {wanted}"


def _config(values: dict[str, Any]) -> Config:
    host = str(values["host"])
    ports = values["data-ports"]
    if ports is None:
        ports = "any" if is_loopback(host) else DEFAULT_DATA_PORTS
    folder = Path(values["folder"])
    certificate, key = values["certificate"], values["key"]
    try:
        timers = Timers(
            hello_timeout=values["hello-timeout"],
            ticket_lifetime=values["ticket-lifetime"],
            heartbeat=values["heartbeat"],
            dead_after=values["dead-after"],
            grace=values["grace"],
            idle_timeout=values["idle-timeout"],
            stall_timeout=values["stall-timeout"],
            drain_timeout=values["drain-timeout"],
        )
    except ValueError as error:
        raise OptionsError(str(error)) from None
    return Config(
        folder=folder,
        port=values["port"],
        host="127.0.0.1" if host == "localhost" else host,
        data_ports=None if ports == "any" else ports,
        state=_state(values["state"], folder),
        users=None if values["users"] is None else Path(values["users"]),
        rescan=values["rescan"],
        follow_links=values["follow-links"],
        congestion=values["congestion"],
        certificate=None if certificate is None else Path(certificate),
        key=None if key is None else Path(key),
        insecure=values["insecure"],
        reuse_port=values["reuse-port"],
        limits=Limits(
            sessions=values["max-sessions"],
            sessions_per_address=values["max-sessions-per-address"],
            waiting=values["max-waiting"],
            waiting_per_address=values["max-waiting-per-address"],
        ),
        timers=timers,
    )


def _state(given: str | None, folder: Path) -> Path | None:
    """Where ids are kept: one place for each music folder, unless told otherwise."""
    if given is not None:
        return None if given == "none" else Path(given)
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    name = hashlib.sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:16]
    return Path(base) / "antiphon" / "server" / name


class _Parser(argparse.ArgumentParser):
    """Wrong usage is one sentence, as any other wrong value."""

    def error(self, message: str) -> NoReturn:
        """Raises OptionsError."""
        raise OptionsError(f"{message} (--help shows all options)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="antiphon-server",
        usage="antiphon-server [OPTIONS] [PORT] FOLDER",
        description="Stream a folder of MP3 files to any number of Antiphon clients.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "where",
        nargs="*",
        metavar="[PORT] FOLDER",
        help=f"control port (default {DEFAULT_PORT}; 0: any free one), and the music folder",
    )
    parser.add_argument("--config", metavar="FILE", help="a TOML file with any of these options")
    for option in OPTIONS:
        default = "" if option.default in {None, ""} else f" (default: {option.default})"
        parser.add_argument(f"--{option.name}", metavar=option.metavar, help=option.help + default)
    parser.add_argument(
        "--follow-links",
        action="store_true",
        help="serve also what links in the folder lead to elsewhere",
    )
    parser.add_argument(
        "--insecure",
        action="store_true",
        help="ask for passwords without TLS too, and say nothing of what others can read",
    )
    parser.add_argument(
        "--reuse-port",
        action="store_true",
        help="listen where another server of this user does that was started so too; wait until it "
        "drains and gives up the state directory",
    )
    parser.add_argument("--verbose", action="store_true", help="tell of every session")
    parser.add_argument("--version", action="version", version=f"antiphon-server {RELEASE}")
    return parser
