# SPDX-License-Identifier: GPL-3.0-or-later
"""script/release makes what a release brings, and publishes only what the tag says."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from common.release import RELEASE
from tests.architecture.source_tree import ROOT

TAG: Final = f"v{RELEASE}"
ROOMS: Final = ("common", "control", "data", "server", "client", "pages")
MADE: Final = {
    "RFC.txt",
    "RFC.html",
    "antiphon.1",
    "antiphon-server.1",
    f"antiphon-{RELEASE}.tar.gz",
    f"antiphon-{RELEASE}-py3-none-any.whl",
    "SHA256SUMS",
}

# What the tests' environment lacks, or must not do: mmark and xml2rfc, and installing.
STAND_INS: Final = {
    "script/setup": "#!/bin/sh\n",
    "script/rfc": "#!/bin/sh\nmkdir -p build\necho > build/RFC.txt\necho > build/RFC.html\n",
    ".venv/bin/python": f'#!/bin/sh\nexec {sys.executable} "$@"\n',
}

# Notes what it is told, and says that a release is there once it was made.
GH: Final = """\
#!/bin/sh
echo "$@" >> "$NOTES"
case "$1 $2" in
    "auth status") [ ! -e "$NOTES.out" ] ;;
    "release view") [ -e "$NOTES.made" ] ;;
    "release create") : > "$NOTES.made" ;;
    "release upload") ;;
    *) exit 64 ;;
esac
"""


class Project:
    """A small checkout whose release is tagged, and a gh that only notes what it is to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self._bin = folder / "bin"
        self._notes = folder / "notes"
        for room in ROOMS:
            ignored = shutil.ignore_patterns("__pycache__", "share")
            shutil.copytree(ROOT / room, self.folder / room, ignore=ignored)
        for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
            shutil.copy(ROOT / name, self.folder)
        for name, text in STAND_INS.items():
            _command(self.folder / name, text)
        for name in ("release", "pages"):
            shutil.copy(ROOT / "script" / name, self.folder / "script")
        self._bin.mkdir()
        for name in ("bash", "cat", "cp", "date", "dirname", "env", "git", "mkdir", "mv", "rm"):
            self._has(name)
        for name in ("mktemp", "sed", "sh", "sha256sum"):
            self._has(name)
        self.git("init", "--quiet")
        self.commit()
        self.git("tag", TAG)

    def _has(self, name: str) -> None:
        found = shutil.which(name)
        assert found is not None
        (self._bin / name).symlink_to(found)

    def git(self, *words: str) -> None:
        named = ("-c", "user.name=A Tester", "-c", "user.email=tester@example.org")
        subprocess.run(("git", *named, *words), cwd=self.folder, check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "A change")

    def gets_gh(self, *, logged_in: bool = True) -> None:
        _command(self._bin / "gh", GH)
        if not logged_in:
            self._notes.with_suffix(".out").touch()

    def release(self, *words: str) -> tuple[int, str]:
        """Exit status, and what it said."""
        kept = {name: text for name, text in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
        done = subprocess.run(
            ("script/release", *words),
            cwd=self.folder,
            env=kept | {"PATH": str(self._bin), "NOTES": str(self._notes)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    @property
    def made(self) -> Path:
        return self.folder / "build" / "release"

    @property
    def noted(self) -> list[str]:
        """What gh was told."""
        return self._notes.read_text().splitlines() if self._notes.exists() else []


def _command(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """For tests that change nothing in it."""
    return Project(tmp_path_factory.mktemp("release"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_it_makes_everything_with_its_checksums_and_publishes_nothing(shared: Project) -> None:
    status, said = shared.release()
    assert status == 0, said
    assert {path.name for path in shared.made.iterdir()} == MADE
    assert {path.name for path in shared.made.parent.glob("release*")} == {"release"}
    assert set((shared.made / "SHA256SUMS").read_text().splitlines()) == {
        f"{hashlib.sha256((shared.made / name).read_bytes()).hexdigest()}  {name}"
        for name in MADE - {"SHA256SUMS"}
    }
    assert f"--publish {TAG}" in said.splitlines()[-1]
    assert shared.noted == []


def test_it_attaches_everything_to_the_release_and_makes_that_once(project: Project) -> None:
    project.gets_gh()
    for _ in range(2):
        status, said = project.release("--publish", TAG)
        assert status == 0, said
    create, *others = (note for note in project.noted if note.startswith("release create"))
    assert others == []
    assert create.startswith(f"release create {TAG} --verify-tag ")
    uploads = [note for note in project.noted if note.startswith("release upload")]
    assert len(uploads) == 2
    for upload in uploads:
        head, *files = upload.split(" build/release/")
        assert head == f"release upload {TAG} --clobber"
        assert set(files) == MADE


def test_without_gh_it_says_what_is_missing_before_it_makes_anything(project: Project) -> None:
    status, said = project.release("--publish", TAG)
    assert status == 1
    assert "gh, which is not here (apt-get install gh)" in said
    assert not project.made.exists()


def test_a_gh_that_is_not_logged_in_is_told_to(project: Project) -> None:
    project.gets_gh(logged_in=False)
    status, said = project.release("--publish", TAG)
    assert (status, said) == (1, "release: gh is not logged in; say gh auth login first\n")


def test_what_is_not_what_the_tag_says_is_not_published(project: Project) -> None:
    project.gets_gh()

    def refused() -> str:
        status, said = project.release("--publish", TAG)
        assert status == 1
        assert said.count("\n") == 1
        assert project.noted == []
        return said

    with (project.folder / "README.md").open("a") as readme:
        readme.write("another line\n")
    assert "changes that v" in refused()
    project.commit()
    assert "not the commit that is checked out" in refused()
    project.git("tag", "--delete", TAG)
    assert "there is no tag" in refused()


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("--publish", "v9.9"), 1, f"whose tag is {TAG} and not v9.9"),
        (("--publish",), 2, "usage: script/release [--publish v"),
        (("publish", TAG), 2, "usage: script/release [--publish v"),
    ],
)
def test_another_tag_or_word_is_refused(
    shared: Project, words: tuple[str, ...], status: int, sentence: str
) -> None:
    got, said = shared.release(*words)
    assert got == status
    assert sentence in said
