# SPDX-License-Identifier: GPL-3.0-or-later
"""Who listens to the clock is tried again where cores were stolen, and nowhere else."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.server_process import ROOT
from tests.held_up import AGAIN, NOTICED, TICKS, Moment, cannot_be_judged, was_held_up

# The first line of /proc/stat tells what the tests have written into a file of their own.
CONFTEST = """
from functools import partial
import tests.held_up as held_up
held_up.PAUSE = 0
held_up.Moment.now = partial(held_up.Moment.now, held_up.Path("stat"))
"""
TESTS = """
import pytest
from pathlib import Path
from tests.held_up import TICKS

TRIES = Path("tries")

def steal(seconds):
    stat = Path("stat")
    before = int(stat.read_text().split()[8]) if stat.exists() else 0
    stat.write_text(f"cpu  0 0 0 0 0 0 0 {before + int(seconds * TICKS)} 0 0")

def fails(stolen, until):
    with TRIES.open("a") as file:
        file.write("x")
    steal(stolen)
    assert len(TRIES.read_text()) == until

@pytest.mark.needs_quiet
def test_always_held_up():
    fails(10, until=0)

@pytest.mark.needs_sound
def test_better_the_second_time():
    fails(10, until=2)

@pytest.mark.needs_quiet
def test_a_real_fault():
    fails(0, until=0)

def test_who_listens_to_no_clock():
    fails(10, until=0)
"""


@pytest.mark.parametrize(
    ("name", "status", "tries", "said"),
    [
        ("always_held_up", 0, 1 + AGAIN, "the machine was held up: 10.0 s of its cores"),
        ("better_the_second_time", 0, 2, "1 passed, 1 rerun"),
        ("a_real_fault", 1, 1, "1 failed"),
        ("who_listens_to_no_clock", 1, 1, "1 failed"),
    ],
)
def test_another_try(tmp_path: Path, name: str, status: int, tries: int, said: str) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_some.py").write_text(TESTS)
    settings = ("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path))
    words = ("-m", "pytest", *settings, "-p", "tests.held_up", "-p", "no:cacheprovider")
    done = subprocess.run(
        (sys.executable, *words, "-rs", f"test_some.py::test_{name}"),
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.returncode, len((tmp_path / "tries").read_text())) == (status, tries), done.stdout
    assert said in done.stdout


def test_a_little_is_reason_to_try_again_and_none_to_say_nothing() -> None:
    before, after = Moment(100.0, 7.0), Moment(110.0, 7.0 + 2 * NOTICED)
    assert was_held_up(before, after)
    assert cannot_be_judged(before, after) == ""
    assert not was_held_up(before, after._replace(stolen=7.0))


def test_without_a_count_nothing_is_stolen(tmp_path: Path) -> None:
    file = tmp_path / "stat"
    assert Moment.now(file).stolen == 0
    file.write_text("cpu  1 2 3\n")
    assert Moment.now(file).stolen == 0
    file.write_text(f"cpu  1 2 3 4 5 6 7 {3 * TICKS} 0 0\ncpu0 0 0\n")
    assert Moment.now(file).stolen == 3
