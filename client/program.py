# SPDX-License-Identifier: GPL-3.0-or-later
"""The client: options, engine and shell together, ended in order."""

import getpass
import io
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import Final, TextIO, TypeAlias

from client.batch import Feed, Script, feed_descriptor, feed_lines
from client.engine import Engine
from client.engine_like import EngineLike, EngineMaker, OnReport
from client.login import LoginError, read_login
from client.options import Options, read_options
from client.printer import JsonPrinter, OutputError, Printer, TextPrinter
from client.render import glyphs_for
from client.reports import Disconnected, Notice
from client.settings import Bounds, Settings
from client.sinks import SinkError, open_sink
from client.sinks.sink import Sink
from client.streams import drop_stdout, is_stdout, mend_streams
from control.session_messages import Login

SIGNAL_BASE: Final = 128  # the shells' way to say in an exit status which signal ended a program

MakeEngine: TypeAlias = Callable[[Settings, Sink, OnReport], EngineLike]
Runner: TypeAlias = Callable[[Options, EngineMaker], int]


class _Terminated(BaseException):
    """SIGTERM or SIGHUP, on its way to where things are closed in order."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(arguments: Sequence[str], make: MakeEngine = Engine) -> int:
    """Do what the command line (without the program's name) says; the exit status.

    Until there is something to end in order, SIGINT keeps the disposition that it has.
    """
    mend_streams()
    options = read_options(arguments, os.environ)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What a locale cannot show is no reason to stop the music.
            stream.reconfigure(errors="replace")
    run = _shell_runner() if _is_interactive(options) else _run_script
    try:
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return run(options, _engine_maker(options, _login(options), make))
    except KeyboardInterrupt:
        return SIGNAL_BASE + signal.SIGINT
    except _Terminated as ending:
        return SIGNAL_BASE + ending.number
    except (LoginError, SinkError) as error:
        print(error, file=sys.stderr)
        return 1
    except OutputError as error:
        drop_stdout()
        with suppress(OSError):
            print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        drop_stdout()
        return SIGNAL_BASE + signal.SIGPIPE


def _login(options: Options) -> Login | None:
    """Who asks, if that was said; raises LoginError."""
    if options.user is None:
        return None
    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    ask = getpass.getpass if is_terminal else None
    return read_login(options.user, options.password_file, os.environ, ask)


def _engine_maker(options: Options, login: Login | None, make: MakeEngine) -> EngineMaker:
    """What it makes raises SinkError where the sound has nowhere to go."""
    settings = Settings(
        host=options.host,
        port=options.port,
        start=options.start_seconds,
        limits=options.limits,
        bounds=Bounds(read_ahead=options.read_ahead),
        trust=options.trust,
        login=login,
        insecure=options.insecure,
        relay=options.relay,
        tells=options.tells,
    )

    def make_engine(on_report: OnReport) -> EngineLike:
        sink = open_sink(options.sink, lambda text: on_report(Notice(text)))
        return make(settings, sink, on_report)

    return make_engine


def _sound_has_stdout(options: Options) -> bool:
    kind, _, file = options.sink.partition(":")
    return options.sink == "raw:-" or (kind in {"raw", "wav", "tape"} and is_stdout(file))


def _is_interactive(options: Options) -> bool:
    if options.commands or options.json or _sound_has_stdout(options):
        return False
    return sys.stdin.isatty() and sys.stdout.isatty()


def _shell_runner() -> Runner:
    # Here and not above: a script has no use for it, and would wait a tenth of a second.
    import asyncio  # noqa: PLC0415

    from client.history import open_history  # noqa: PLC0415
    from client.shell import Shell  # noqa: PLC0415

    def write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    def run_shell(options: Options, make_engine: EngineMaker) -> int:
        shell = Shell(
            make_engine,
            open_history(options.history),
            glyphs_for(sys.stdout.encoding),
            write,
            first=_first(options),
        )
        return asyncio.run(shell.run())

    return run_shell


def _run_script(options: Options, make_engine: EngineMaker) -> int:
    def terminate(number: int, _: FrameType | None) -> None:
        raise _Terminated(number)

    signal.signal(signal.SIGTERM, terminate)
    signal.signal(signal.SIGHUP, terminate)
    feed = _feed(options)
    printer = _printer(options)
    try:
        script = Script(make_engine, printer, first=_first(options))
    except SinkError as error:
        printer.show(Disconnected(str(error), error=True))
        return 1
    return script.run(feed)


def _feed(options: Options) -> Feed:
    """The commands, those of the command line or else of standard input."""
    if options.commands:
        return feed_lines(options.commands)
    # A station has no end: without a word on what to do meanwhile, it is listened to.
    return feed_descriptor(0) if options.station is None else feed_lines(["wait"])


def _first(options: Options) -> str | None:
    """The command that `--tune` stands for."""
    return None if options.station is None else f"tune {options.station}"


def _printer(options: Options) -> Printer:
    out: TextIO = sys.stderr if _sound_has_stdout(options) else sys.stdout
    if options.json:
        return JsonPrinter(out)
    width = shutil.get_terminal_size().columns if out.isatty() else None
    return TextPrinter(out, sys.stderr, width, glyphs_for(out.encoding))
