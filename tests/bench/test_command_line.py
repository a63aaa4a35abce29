# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measurements' command lines share."""

import argparse
import contextlib
import os
import signal
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.command_line import (
    CommandLine,
    count_up_to,
    existing_folder,
    new_file,
    new_folder,
    number_from,
    some_of,
    terminating,
    whole_number,
)


@pytest.mark.parametrize("text", ["0", "21", "x", "", "-1", "1.5", "²", "9999999"])
def test_a_count_outside_of_its_bounds_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no number from 1 to 20"):
        count_up_to(20)(text)


def test_a_count_may_be_its_bounds() -> None:
    assert (count_up_to(20)("20"), count_up_to(20, least=0)("0")) == (20, 0)


@pytest.mark.parametrize("text", ["0.1", "nan", "inf", "x", ""])
def test_a_number_below_its_bound_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"no number from 0\.2 on"):
        number_from(0.2)(text)


def test_a_number_may_be_its_bound() -> None:
    assert number_from(0.2)("0.2") == 0.2


def test_what_chance_comes_from_is_a_whole_number() -> None:
    assert whole_number("-3") == -3
    with pytest.raises(argparse.ArgumentTypeError, match="“x” is no whole number"):
        whole_number("x")


def test_some_names() -> None:
    assert some_of(("a", "b", "c"))("c,a") == ("c", "a")
    assert some_of(("a", "b"), nothing="none")("none") == ()
    for text, wrong in (("", ""), ("a,", ""), ("none", "none"), ("a,d", "d")):
        with pytest.raises(argparse.ArgumentTypeError, match=f"“{wrong}” is none of a, b"):
            some_of(("a", "b"))(text)


class TestPlaces:
    """Where a measurement reads, and where it will write in half an hour."""

    def test_what_is_there_is_taken(self, tmp_path: Path) -> None:
        file = tmp_path / "a"
        assert new_file(str(file)) == file
        assert not file.exists()
        file.write_text("of last time")
        assert new_file(str(file)) == file
        assert file.read_text() == "of last time"
        assert existing_folder(str(tmp_path)) == tmp_path
        assert new_folder(str(tmp_path)) == tmp_path
        assert new_folder(str(tmp_path / "b" / "c")) == tmp_path / "b" / "c"
        assert new_folder("b/c") == Path("b/c")

    def test_what_is_something_else_is_not(self, tmp_path: Path) -> None:
        file = tmp_path / "a"
        file.touch()
        for read, text, why in (
            (new_file, "", "is no file"),
            (new_file, str(tmp_path), "is no file"),
            (new_file, str(tmp_path / "b" / "c"), f"there is no folder {tmp_path / 'b'}"),
            (new_file, str(file / "b"), f"there is no folder {file}"),
            (new_folder, "", "is no folder"),
            (new_folder, str(file / "b"), "is no folder"),
            (new_folder, str(file), "is no folder"),
            (existing_folder, "", "is no folder"),
            (existing_folder, str(file), "is no folder"),
            (existing_folder, str(tmp_path / "b"), "is no folder"),
        ):
            with pytest.raises(argparse.ArgumentTypeError, match=why):
                read(text)

    def test_what_is_closed_to_us_is_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def closed(path: Path, mode: int) -> bool:
            assert (path, mode) == (tmp_path, os.W_OK)
            return False

        monkeypatch.setattr(os, "access", closed)  # root may write everywhere
        for read in (new_file, new_folder):
            with pytest.raises(argparse.ArgumentTypeError, match=f"{tmp_path} is closed to you"):
                read(str(tmp_path / "a"))


def test_a_wrong_word_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        CommandLine("clicks", "What it does.").parse_args(["--foo"])
    assert refused.value.code == 2
    words = "unrecognized arguments: --foo; --help shows the options"
    assert capsys.readouterr().err == f"python -m bench clicks: {words}\n"


@pytest.mark.parametrize("where", ["output", "file"])
def test_a_full_disk_is_a_sentence(
    where: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["buffer", "--plays", "1"] + (["--json", "/dev/full"] if where == "file" else [])
    with Path("/dev/full").open("w", encoding="ascii") as full:
        if where == "output":
            monkeypatch.setattr("sys.stdout", full)
        dropped: list[bool] = []
        monkeypatch.setattr(bench, "drop_stdout", lambda: dropped.append(True))
        status = bench.main(arguments)
        monkeypatch.undo()
        assert (status, dropped) == (1, [True])
        with contextlib.suppress(OSError):
            full.close()
    last = capfd.readouterr().err.splitlines()[-1]
    assert last == "bench: the result cannot be written: No space left on device"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_was_ignored_ends_as_an_interrupt(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), terminating():
            signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)
