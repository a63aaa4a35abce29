# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts tell what they are for, and do nothing else, where they are asked for help."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT

NAMES = sorted(path.name for path in (ROOT / "script").iterdir() if path.is_file())
# Its program has options of its own, and tells them.
ITS_PROGRAM_TELLS = "fuzz"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The scripts, and nothing that they work on."""
    shutil.copytree(ROOT / "script", tmp_path / "tree/script")
    return tmp_path / "tree"


@pytest.mark.parametrize("word", ["--help", "-h"])
@pytest.mark.parametrize("name", [name for name in NAMES if name != ITS_PROGRAM_TELLS])
def test_help_is_the_comment_at_the_top(tree: Path, tmp_path: Path, name: str, word: str) -> None:
    done = subprocess.run(
        [tree / "script" / name, word],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    head = (tree / "script" / name).read_text("utf-8").partition("\nset ")[0]
    said = [line.removeprefix("#").removeprefix(" ") for line in head.splitlines()[2:]]
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == said
    assert len(said[0]) > 20
    assert sorted(path.name for path in tree.iterdir()) == ["script"]


def test_all_of_them_are_tried() -> None:
    assert ITS_PROGRAM_TELLS in NAMES
    assert len(NAMES) > 8


def test_that_of_fuzz_names_its_targets() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "targets:" in done.stdout
