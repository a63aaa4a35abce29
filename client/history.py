# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands typed before, kept in a file of the person's own; no titles unless typed."""

from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory


class _QuietFileHistory(FileHistory):
    """A history whose file may become unwritable: a full disk must not end the music."""

    def store_string(self, string: str) -> None:
        try:
            super().store_string(string)
        except OSError:
            # The line stays in memory; there is nothing that a person would want to do about it.
            return


def open_history(path: Path | None) -> History:
    """The history in `path`, made with its folder if missing; in memory where it is no file."""
    if path is None:
        return InMemoryHistory()
    try:
        if path.exists() and not path.is_file():
            # A pipe would be waited for, and a device such as /dev/zero be read, for ever.
            return InMemoryHistory()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with path.open("rb"):
            pass
    except OSError:
        return InMemoryHistory()
    return _QuietFileHistory(str(path))
