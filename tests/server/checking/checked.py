# SPDX-License-Identifier: GPL-3.0-or-later
"""The check as a test runs it, and what it said."""

from pathlib import Path

from server.checking.command import check

HERE = ("--host", "127.0.0.1", "0")


def found(*words: object) -> dict[str, list[str]]:
    """The lines, by what they are about: the grade, and what is said."""
    lines: dict[str, list[str]] = {}
    for finding in check([str(word) for word in words]):
        lines.setdefault(finding.about, []).append(f"{finding.grade.value}: {finding.text}")
    return lines


def entries(folder: Path) -> dict[Path, object]:
    """All that is there, and when it was changed."""
    return {
        path: (status.st_mtime_ns, status.st_size)
        for path in [folder, *folder.rglob("*")]
        for status in [path.lstat()]
    }
