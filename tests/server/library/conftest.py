# SPDX-License-Identifier: GPL-3.0-or-later
"""A music folder for each test, and libraries on it that are closed afterwards."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import gevent
import pytest

from server.library.library import Library
from server.library.worker import COMMAND
from tests.mp3_samples import make_samples


class Opener(Protocol):
    """Starts a library on the test's folder."""

    def __call__(
        self,
        *,
        quiet: float = 60.0,
        rescan: float = 300.0,
        follow_links: bool = False,
        command: tuple[str, ...] = COMMAND,
    ) -> Library: ...


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One MP3 file of every kind, made once."""
    return make_samples(tmp_path_factory.mktemp("samples"))


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """An empty music folder."""
    folder = tmp_path / "music"
    folder.mkdir()
    return folder


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory that is yet to be made."""
    return tmp_path / "state"


@pytest.fixture
def start(music: Path, state: Path) -> Iterator[Opener]:
    """Starts libraries on `music` that keep their state in `state`."""
    started: list[Library] = []

    def opener(
        *,
        quiet: float = 60.0,
        rescan: float = 300.0,
        follow_links: bool = False,
        command: tuple[str, ...] = COMMAND,
    ) -> Library:
        library = Library(
            music, state, quiet=quiet, rescan=rescan, follow_links=follow_links, command=command
        )
        started.append(library)
        library.start()
        return library

    yield opener
    for library in started:
        library.close()


@pytest.fixture
def ready(start: Opener) -> Opener:
    """The same, and waits for the first walk to end."""

    def opener(
        *,
        quiet: float = 60.0,
        rescan: float = 300.0,
        follow_links: bool = False,
        command: tuple[str, ...] = COMMAND,
    ) -> Library:
        library = start(quiet=quiet, rescan=rescan, follow_links=follow_links, command=command)
        with gevent.Timeout(30):
            library.ready.wait()
        return library

    return opener
