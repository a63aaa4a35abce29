# SPDX-License-Identifier: GPL-3.0-or-later
"""Which commit is deployed, and its files as an archive; what is not committed is not in it."""

import subprocess
from pathlib import Path

from deploy.errors import DeployError

ROOT = Path(__file__).resolve().parents[1]


def commit(root: Path = ROOT) -> str:
    """The commit that is checked out; raises DeployError where there is none."""
    return _git(root, "rev-parse", "--verify", "HEAD").decode().strip()


def is_changed(root: Path = ROOT) -> bool:
    """Whether files differ from the commit; raises DeployError."""
    return bool(_git(root, "status", "--porcelain", "--untracked-files=no").strip())


def archive(commit: str, root: Path = ROOT) -> bytes:
    """The commit's files, tar.gz; raises DeployError."""
    return _git(root, "archive", "--format=tar.gz", commit)


def _git(root: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, check=False)
    except FileNotFoundError:
        raise DeployError("git is not installed: apt-get install git") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise DeployError(
            f"what to install is a commit of a git checkout, and git says: {said};"
            " run this in a clone of the project"
        )
    return done.stdout
