# SPDX-License-Identifier: GPL-3.0-or-later
"""What several tests of the listener share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.playbook import Playbook
from tests.client.stage import PATIENCE_S, FakeSink, Stage
from tests.mp3_samples import make_samples


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One MP3 file of every kind, made once."""
    return make_samples(tmp_path_factory.mktemp("samples"))


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A player that must still obey when the test is over."""
    stage = Stage(FakeSink())
    yield stage
    assert stage.player.close(PATIENCE_S)


@pytest.fixture
def unconnected() -> Iterator[Playbook]:
    """A client that has yet to connect, of which a test must look at everything it does."""
    playbook = Playbook()
    yield playbook
    playbook.over()


@pytest.fixture
def book(unconnected: Playbook) -> Playbook:
    """The same with both connections."""
    return unconnected.connect()
