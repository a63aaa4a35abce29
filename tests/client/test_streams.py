# SPDX-License-Identifier: GPL-3.0-or-later
"""Standard streams that are closed, full, or the sound's: sentences and no tracebacks."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from client.answers import CommandFailed, Did
from client.printer import JsonPrinter, OutputError, Printer, TextPrinter
from client.program import main
from client.render import ASCII
from client.streams import is_stdout

DEADLINE = 60.0  # seconds; only a hang is ever that long

SHOWS_STREAMS = """
from client.streams import mend_streams
mend_streams()
import os, socket, sys
print("to whom it may concern", file=sys.stderr)
said = [repr(sys.stdin.read())]
try:
    print("the answer", flush=True)
except OSError as error:
    said.append(error.strerror)
said.append(str(socket.socket().fileno() > 2))
open(sys.argv[1], "w").write("|".join(said))
os._exit(0)
"""


@pytest.mark.parametrize(
    ("closed", "said"),
    [
        ((), "''|True"),
        ((0,), "''|True"),
        ((1,), "''|Bad file descriptor|True"),
        ((2,), "''|True"),
        ((0, 1, 2), "''|Bad file descriptor|True"),
    ],
)
def test_a_stream_that_is_closed_is_empty_or_full(
    closed: tuple[int, ...], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "said"
    closing = "".join(f"os.close({number});" for number in closed)
    # Another interpreter, since this one has its streams.
    become = f"import os, sys;{closing}os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    run = [sys.executable, "-c", become, "-c", SHOWS_STREAMS, str(path)]
    nothing = subprocess.DEVNULL
    subprocess.run(run, stdin=nothing, stdout=nothing, stderr=nothing, timeout=DEADLINE, check=True)
    assert path.read_text() == said


@contextmanager
def full() -> Generator[Printer]:
    """A printer whose troubles can be told and whose answers cannot."""
    with Path("/dev/full").open("w", buffering=1) as out, Path(os.devnull).open("w") as err:
        yield TextPrinter(out, err, None, ASCII)
        os.dup2(err.fileno(), out.fileno())  # so that it can be closed


def test_an_answer_that_cannot_be_written_is_a_sentence() -> None:
    with (
        full() as printer,
        pytest.raises(OutputError, match=r"show: No space left on device\."),
    ):
        printer.show(Did.STOPPED)


def test_an_event_that_cannot_be_written_is_a_sentence() -> None:
    with Path("/dev/full").open("w") as out, Path(os.devnull).open("w") as null:
        with pytest.raises(OutputError, match=r"show: No space left on device\."):
            JsonPrinter(out).ended("list", ok=True)
        os.dup2(null.fileno(), out.fileno())


def test_a_trouble_that_cannot_be_told_does_not_stop_the_music() -> None:
    with Path("/dev/full").open("w") as err, Path(os.devnull).open("w") as null:
        TextPrinter(null, err, None, ASCII).show(CommandFailed("", "No."))
        os.dup2(null.fileno(), err.fileno())


@pytest.fixture
def _signals() -> Generator[None]:
    """The handlers that `main` replaces are put back."""
    numbers = (signal.SIGTERM, signal.SIGHUP)
    handlers = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)


@pytest.mark.usefixtures("_signals")
def test_a_sink_that_does_not_open_is_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--sink", "wav:/none/x.wav", "-c", "list", "localhost"]) == 1
    said = capsys.readouterr()
    assert said.err == ""
    assert json.loads(said.out) == {
        "event": "disconnected",
        "reason": "Cannot write /none/x.wav: No such file or directory. Name another file.",
        "error": True,
    }


@pytest.mark.usefixtures("_signals")
def test_a_sink_that_does_not_open_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--sink", "wav:/none/x.wav", "-c", "list", "localhost"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Cannot write /none/x.wav")


def _pipe(_: Path) -> int:
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def _file(folder: Path) -> int:
    return os.open(folder / "out", os.O_WRONLY | os.O_CREAT)


@pytest.mark.parametrize("make", [_pipe, _file])
def test_a_file_that_is_standard_output_is_known_by_any_name(
    make: Callable[[Path], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    descriptor = make(tmp_path)
    monkeypatch.setattr("client.streams.STDOUT", descriptor)
    assert is_stdout(f"/dev/fd/{descriptor}")
    assert not is_stdout(str(tmp_path / "another"))
    assert not is_stdout(str(tmp_path))
    os.close(descriptor)


def test_what_is_thrown_away_does_not_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open("w") as null:
        monkeypatch.setattr("client.streams.STDOUT", null.fileno())
        assert not is_stdout(os.devnull)
