# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the check look at."""

from pathlib import Path

import pytest

from tests.e2e.songs import write_songs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two songs, and one in a folder of its own."""
    write_songs(tmp_path / "music" / "Jazz", count=1, frames=40)
    write_songs(tmp_path / "music", count=2, frames=40)
    return tmp_path / "music"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"
