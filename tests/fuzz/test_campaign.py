# SPDX-License-Identifier: GPL-3.0-or-later
"""What libFuzzer says, read; and what script/fuzz says to a wrong command line."""

from pathlib import Path

import pytest

from tests.fuzz.__main__ import main
from tests.fuzz.campaign import Result, read, table
from tests.fuzz.target import pieces

LOG = Path("log")
GOOD = """\
INFO: seed corpus: files: 43 min: 1b max: 271b total: 3089b rss: 60Mb
#44\tINITED cov: 93 ft: 189 corp: 38/2886b exec/s: 0 rss: 61Mb
#4096\tREDUCE cov: 95 ft: 204 corp: 44/3kb lim: 271 exec/s: 2048 rss: 62Mb L: 41/271 MS: 1
Done 42943 runs in 6 second(s)
stat::number_of_executed_units: 42943
stat::average_exec_per_sec:     7157
"""
RAISED = """\
#44\tINITED cov: 93 ft: 189 corp: 38/2886b exec/s: 0 rss: 61Mb

 === Uncaught Python exception: ===
KeyError: 63296
Traceback (most recent call last):
==7== ERROR: libFuzzer: fuzz target exited
"""
SLOW = "#9\tNEW cov: 3 ft: 4 corp: 1/1b\n==7== ERROR: libFuzzer: timeout after 5 seconds\n"


def test_a_run_without_a_fault() -> None:
    assert read("t", GOOD, LOG, status=0) == Result("t", 42943, 7157, 95, 204, "", LOG)
    assert not read("t", GOOD, LOG, status=0).is_broken


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        (RAISED, 77, "KeyError: 63296"),
        (SLOW, 70, "libFuzzer: timeout after 5 seconds"),
        (GOOD, -11, "the fuzzer ended with status -11"),
        ("ModuleNotFoundError: no module\n", 1, "the fuzzer ended with status 1"),
        ("", 0, "the fuzzer tried nothing"),
    ],
)
def test_a_fault_is_told(said: str, status: int, why: str) -> None:
    result = read("t", said, LOG, status=status)
    assert (result.is_broken, result.why) == (True, why)
    assert list(table([result]))[1].split()[-1] == "1"


def test_a_wrong_target_gets_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such"]) == 2
    assert "there is no target no-such" in capsys.readouterr().err


def test_an_input_is_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "crash-1").write_bytes(b"\x00play 1")
    assert main(["--repeat", str(tmp_path / "crash-1"), "client-language"]) == 0
    assert main(["--repeat", str(tmp_path / "crash-2"), "client-language"]) == 2
    assert main(["--repeat", str(tmp_path / "crash-1")]) == 2
    assert "cannot read" in capsys.readouterr().err


def test_pieces_are_the_whole() -> None:
    for choice in range(256):
        assert b"".join(pieces(bytes(range(256)), choice)) == bytes(range(256))
    assert pieces(b"abc", 0) == [b"a", b"b", b"c"]
