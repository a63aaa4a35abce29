# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of typed lines: private, kept, and never in the way."""

import os
from pathlib import Path

from prompt_toolkit.history import InMemoryHistory

from client.history import open_history


def test_the_history_is_kept_in_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "state" / "antiphon" / "history"
    open_history(path).append_string("play 1")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(open_history(path).load_history_strings()) == ["play 1"]


def test_a_history_that_cannot_be_kept_is_no_trouble(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert isinstance(open_history(file / "below"), InMemoryHistory)
    assert isinstance(open_history(None), InMemoryHistory)
    history = open_history(file)
    file.unlink()
    file.mkdir()
    history.append_string("play 1")
    assert history.get_strings() == ["play 1"]


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/full"), tmp_path):
        assert isinstance(open_history(path), InMemoryHistory)
