# SPDX-License-Identifier: GPL-3.0-or-later
"""The wheel and the source archive hold all that runs, and what they install does run."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest

from common.release import RELEASE
from pages.__main__ import files
from tests.architecture.source_tree import ROOT, modules

ROOMS = ("common", "control", "data", "server", "client")  # that run
BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", *ROOMS)
PROGRAMS = ("antiphon", "antiphon-server")
PAGES = files(date(2026, 11, 21))

# Without build isolation: the builder is locked and here, so that no network is asked.
BUILD = """
import sys
from setuptools import build_meta
out = sys.argv[1]  # which setuptools changes
build_meta.build_sdist(out)
build_meta.build_wheel(out)
"""


def run(*words: object, folder: Path) -> None:
    """In a folder from which the source tree cannot be imported by chance."""
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both, made of a copy: setuptools leaves its traces where it builds."""
    copy = tmp_path_factory.mktemp("copy")
    for name in BUILT_FROM:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    for name, content in PAGES.items():
        place = copy / "pages" / "share" / name  # as script/pages does
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, "utf-8")
    out = tmp_path_factory.mktemp("built")
    run(sys.executable, "-c", BUILD, out, folder=copy)
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def archive(built: Path) -> Path:
    (found,) = built.glob("*.tar.gz")
    return found


def files_that_run() -> set[str]:
    return {str(module.path.relative_to(ROOT)) for module in modules(*ROOMS)} | {"client/JSON.md"}


def test_the_wheel_holds_every_module_that_runs_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as content:
        names = set(content.namelist())
    modules_there = {name for name in names if not re.match(r"[^/]+\.(dist-info|data)/", name)}
    assert modules_there == files_that_run()


def test_the_wheel_brings_the_pages_that_are_made_to_where_they_are_looked_for(
    wheel: Path,
) -> None:
    with ZipFile(wheel) as content:
        for name, page in PAGES.items():
            place = f"antiphon-{RELEASE}.data/data/share/{name}"
            assert content.read(place).decode() == page


def test_the_source_archive_holds_what_the_wheel_is_built_from(archive: Path) -> None:
    with tarfile.open(archive) as content:
        names = {name.partition("/")[2] for name in content.getnames()}
    assert names >= files_that_run() | {"pyproject.toml", "README.md", "LICENSE"}


def test_the_source_archive_brings_the_pages_that_are_made(archive: Path) -> None:
    with tarfile.open(archive) as content:
        for name, page in PAGES.items():
            kept = content.extractfile(f"antiphon-{RELEASE}/pages/share/{name}")
            assert kept is not None
            assert kept.read().decode() == page


def test_both_tell_the_release(wheel: Path, archive: Path) -> None:
    assert wheel.name == f"antiphon-{RELEASE}-py3-none-any.whl"
    assert archive.name == f"antiphon-{RELEASE}.tar.gz"


@pytest.fixture(scope="module", params=["wheel", "archive"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip has put what it was given; what Antiphon needs stays where it is."""
    place = tmp_path_factory.mktemp("installed")
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    given: Path = request.getfixturevalue(request.param)
    install = (sys.executable, "-m", "pip", "install", "--quiet", *offline, "--prefix", place)
    run(*install, given, folder=place)
    return place


@pytest.mark.parametrize("name", PAGES)
def test_what_is_installed_has_its_pages(installed: Path, name: str) -> None:
    assert (installed / "share" / name).read_text("utf-8") == PAGES[name]


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_installed_runs(installed: Path, program: str) -> None:
    variables = {"base": str(installed), "platbase": str(installed)}
    modules_at = sysconfig.get_path("purelib", "venv", variables)
    command = Path(sysconfig.get_path("scripts", "venv", variables)) / program

    def said(option: str) -> str:
        return subprocess.run(
            [command, option],
            cwd=installed,
            env={**os.environ, "PYTHONPATH": modules_at},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert said("--version") == f"{program} {RELEASE}\n"
    assert said("--help").startswith(f"usage: {program} [OPTION")
