# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line and TOML file to one Config.

Every option has one name, `--like-this` on the command line and `like-this` in the file; the
command line wins. `server.option_table` is the only list of them.
"""

import argparse
import difflib
import shlex
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

from common.constants import DEFAULT_PORT, MAX_TEXT
from common.release import RELEASE
from common.small_file import read_small_file
from common.text import clean
from server.config import DEFAULT_DATA_PORTS, Config, Limits, Timers, is_loopback
from server.option_conflicts import conflicts
from server.option_table import EPILOG, FLAGS, OPTIONS
from server.option_values import DIGITS, PORT, existing, flag, text
from server.relay.allowed import RelayPlan
from server.state_folder import NoHomeError, state_folder

MOST_BYTES: Final = 1 << 20  # of the file


class OptionsError(Exception):
    """The configuration makes no sense; the text says where and what to do."""


class NotHereError(OptionsError):
    """It may make sense, and cannot be had on this machine, or by this user."""


Wrong = Callable[[str], None]  # is told a sentence, and may raise OptionsError with it


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
        log_json: whether to log JSON.
        settings: all of that by its names in the file, to be compared.
        has_file: whether a file was named, which may change.
    """

    config: Config
    verbose: bool
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    has_file: bool = False
    log_json: bool = False

    @property
    def reads_again(self) -> bool:
        """Whether there is a file that SIGHUP could have read again."""
        return self.has_file or bool(self.config.certificate or self.config.users)


def refuse(text: str) -> None:
    """Raises OptionsError."""
    raise OptionsError(text)


class _Faults:
    """Tells what is wrong, and remembers which settings could not be read."""

    def __init__(self, tell: Wrong) -> None:
        self.tell = tell
        self._unread: set[str] = set()

    def setting(self, said: str, name: str, value: Any) -> dict[str, Any]:  # noqa: ANN401
        """It alone; nothing where it cannot be read."""
        try:
            read = {name: _parsed(said, _IN_FILE[name], value)}
        except OptionsError as error:
            self._unread.add(name)
            self.tell(str(error))
            return {}
        self._unread.discard(name)
        return read

    def compared(self, names: frozenset[str], text: str) -> None:
        """These settings do not go together; unless what one of them says is not known."""
        if self._unread.isdisjoint(names):
            self.tell(text)


def parse(arguments: Sequence[str], *, wrong: Wrong = refuse) -> Parsed:
    """Raises OptionsError; `--help` and `--version` exit as argparse does.

    `wrong` may take what is wrong with a value and go on: then the default stands in for it.
    """
    given = vars(command_line().parse_intermixed_args(arguments))
    faults = _Faults(wrong)
    values: dict[str, Any] = {option.name: option.default for option in OPTIONS}
    values |= {"port": DEFAULT_PORT, "folder": None, **dict.fromkeys(FLAGS, False)}
    if given["config"] is not None:
        values |= read_file(_config_file(given["config"]), faults)
    port, folder = _positional(given["where"])
    if port is not None:
        values["port"] = port
    if folder is not None:
        values["folder"] = folder
    for option in OPTIONS:
        text = given[option.name.replace("-", "_")]
        if text is not None:
            values |= faults.setting(f"--{option.name}", option.name, text)
    for name in FLAGS:
        values[name] = values[name] or given[name.replace("-", "_")]
    if not values["folder"]:
        empty = (
            "" if values["folder"] is None else " (FOLDER is empty: a variable that is not set?)"
        )
        raise OptionsError(f"no music folder was given: antiphon-server [PORT] FOLDER{empty}")
    return Parsed(
        _config(values, faults),
        values["verbose"],
        values,
        given["config"] is not None,
        values["log-json"],
    )


def _config_file(text: str) -> Path:
    try:
        return Path(existing(text))
    except ValueError as error:
        raise OptionsError(f"--config: {error}") from None


def read_file(path: Path, faults: _Faults | None = None) -> dict[str, Any]:
    """The settings of a TOML file; raises OptionsError where it is none.

    What is wrong with one, or that nobody knows its key, is told `faults`, or raised.
    """
    faults = faults or _Faults(refuse)
    try:
        content = tomllib.loads(read_small_file(path, MOST_BYTES).decode())
    except OSError as error:
        raise NotHereError(f"cannot read {path}: {error.strerror}") from None
    except RecursionError:
        raise OptionsError(f"{path} is no TOML file: it is nested too deeply") from None
    except ValueError as error:  # no TOML, no UTF-8, or a number of thousands of digits
        raise OptionsError(f"{path} is no TOML file: {error}") from None
    for unknown in sorted(content.keys() - _IN_FILE.keys()):
        near = difflib.get_close_matches(unknown, _IN_FILE, 1)
        meant = f": did you mean {near[0]}?" if near else ""
        name = clean(unknown, MAX_TEXT)
        faults.tell(f"{path}: unknown key {name}{meant} (--help shows all options)")
    settings: dict[str, Any] = {}
    for key in [key for key in content if key in _IN_FILE]:
        settings |= faults.setting(f"{path}: {key}", key, content[key])
    return settings


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


def _config(values: dict[str, Any], faults: _Faults) -> Config:
    host = str(values["host"])
    ports = values["data-ports"]
    if ports is None:
        ports = "any" if is_loopback(host) else DEFAULT_DATA_PORTS
    folder = Path(values["folder"])
    try:
        state = state_folder(values["state"], folder)
    except NoHomeError as error:
        raise NotHereError(str(error)) from None
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
        faults.compared(frozenset({"heartbeat", "dead-after"}), str(error))
        timers = Timers()
    config = Config(
        folder=folder,
        port=values["port"],
        host="127.0.0.1" if host == "localhost" else host,
        data_ports=None if ports == "any" else ports,
        state=state,
        users=None if values["users"] is None else Path(values["users"]),
        rescan=values["rescan"],
        follow_links=values["follow-links"],
        congestion=values["congestion"],
        certificate=None if certificate is None else Path(certificate),
        key=None if key is None else Path(key),
        insecure=values["insecure"],
        proxies=values["proxy-protocol"],
        reuse_port=values["reuse-port"],
        stations=values["station"],
        station_store=values["station-store"],
        relays=RelayPlan(
            offered=not values["no-relays"],
            fan_out=values["fan-out"],
            feeds=values["station-feeds"],
        ),
        metrics=values["metrics"],
        workers=values["workers"],
        limits=Limits(
            sessions=values["max-sessions"],
            sessions_per_address=values["max-sessions-per-address"],
            waiting=values["max-waiting"],
            waiting_per_address=values["max-waiting-per-address"],
        ),
        timers=timers,
    )
    for names, problem in conflicts(config):
        faults.compared(names, problem)
    return config


class _Parser(argparse.ArgumentParser):
    """Wrong usage is one sentence, as any other wrong value."""

    def error(self, message: str) -> NoReturn:
        """Raises OptionsError."""
        raise OptionsError(f"{message} (--help shows all options)")


def command_line() -> argparse.ArgumentParser:
    """What reads the command line; man pages and completion are made from it too."""
    parser = _Parser(
        prog="antiphon-server",
        allow_abbrev=False,
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
        default = "" if option.default in {None, "", ()} else f" (default: {option.default})"
        parser.add_argument(
            f"--{option.name}",
            metavar=option.metavar,
            help=option.help + default,
            action="append" if option.repeats else "store",
        )
    for name, does in FLAGS.items():
        parser.add_argument(f"--{name}", action="store_true", help=does)
    parser.add_argument("--version", action="version", version=f"antiphon-server {RELEASE}")
    return parser
