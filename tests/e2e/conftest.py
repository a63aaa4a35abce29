# SPDX-License-Identifier: GPL-3.0-or-later
"""A server for each module of tests, and the songs it has."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.innocent import Music
from tests.e2e.server_process import ServerProcess, running_server
from tests.e2e.songs import write_songs


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Music:
    """Three songs of 52 seconds in a folder of their own."""
    folder = tmp_path_factory.mktemp("music")
    return Music(folder, write_songs(folder))


@pytest.fixture(scope="module")
def server(music: Music) -> Iterator[ServerProcess]:
    """A server that all tests of a module share: none of them may harm it."""
    with running_server(music.folder, "--verbose") as process:
        yield process


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A music folder that a test may spoil."""
    return tmp_path / "music"
