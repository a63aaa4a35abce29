# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that makes .venv: it must never empty a directory that it did not make."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.server_process import PATIENCE, ROOT

# A Python that says it is new enough, and only notes what else it is to do.
PYTHON = """\
#!/bin/sh
case $1 in
    -c) echo 3.11 ;;
    *) echo "$@" >> "$NOTES"; exit 1 ;;
esac
"""

# That of an environment, which puts the commands beside itself where it is told to.
INSIDE = """\
#!/bin/sh
echo "$@" >> "$NOTES"
case $* in
    *--editable\\ .) cp "$0" .venv/bin/antiphon-server ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with nothing in it but what the script needs."""
    project = tmp_path / "project"
    (project / "script").mkdir(parents=True)
    shutil.copy(ROOT / "script" / "setup", project / "script")
    (project / "requirements").mkdir()
    for name in ("build", "lock"):
        (project / "requirements" / f"{name}.lock").touch()
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)
    return project


def setup(project: Path) -> tuple[int, str, str]:
    """Exit status, standard error, and what Python was to do."""
    notes = project.parent / "notes"
    notes.touch()
    done = subprocess.run(
        (str(project / "script" / "setup"), "lock"),  # the group that needs no system packages
        env={**os.environ, "PYTHON": str(project.parent / "python"), "NOTES": str(notes)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stderr, notes.read_text()


def a_link(project: Path) -> None:
    (project.parent / "precious").mkdir()
    (project.parent / "precious" / "pyvenv.cfg").touch()
    (project / ".venv").symlink_to(project.parent / "precious")


def a_link_to_nowhere(project: Path) -> None:
    (project / ".venv").symlink_to(project.parent / "nowhere")


def a_directory(project: Path) -> None:
    (project / ".venv").mkdir()
    (project / ".venv" / "precious").touch()


def a_file(project: Path) -> None:
    (project / ".venv").touch()


@pytest.mark.parametrize("put", [a_link, a_link_to_nowhere, a_directory, a_file])
def test_what_is_no_environment_is_left_alone(project: Path, put: Callable[[Path], None]) -> None:
    put(project)
    status, said, done = setup(project)
    assert status == 1
    assert said.startswith("setup: .venv is ")
    assert said.count("\n") == 1
    assert done == ""


def an_environment(project: Path) -> None:
    (project / ".venv").mkdir()
    (project / ".venv" / "pyvenv.cfg").touch()


def nothing(_: Path) -> None:
    pass


@pytest.mark.parametrize("put", [nothing, an_environment])
def test_what_is_an_environment_is_made_anew(project: Path, put: Callable[[Path], None]) -> None:
    put(project)
    assert setup(project)[2] == "-m venv --clear .venv\n"


def test_the_two_commands_are_put_into_the_environment_once(project: Path) -> None:
    environment = project / ".venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "pyvenv.cfg").touch()
    (environment / "place").write_text(f"{project}\n")
    (environment / "bin/python").write_text(INSIDE)
    (environment / "bin/python").chmod(0o755)
    for _ in range(2):
        status, said, done = setup(project)
        assert (status, said.splitlines()[-1]) == (0, "setup: ready")
        (editable,) = [line for line in done.splitlines() if "--editable" in line]
        assert "--no-deps" in editable
        assert "--no-index" in editable
        (environment / "stamp-lock").unlink()
