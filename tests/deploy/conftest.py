# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloud for the tests: one process for all of them, emptied before each."""

import urllib.request
from collections.abc import Generator, Mapping
from pathlib import Path

import botocore.session
import pytest
from botocore.loaders import Loader

from tests.deploy.cloud import cloud
from tests.deploy.instance import Scene

_LOADER = Loader()


def shared_loader(_search_path: str | None = None) -> Loader:
    """In the place of botocore's, which makes a new one for every session."""
    return _LOADER


@pytest.fixture(scope="session")
def running_cloud() -> Generator[Mapping[str, str]]:
    """The environment that leads to it."""
    with cloud() as environment:
        yield environment


@pytest.fixture
def scene(
    running_cloud: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Scene:
    """An empty account, and nobody's files but the test's own."""
    for name in ("AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in running_cloud.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    # The same descriptions of Amazon's services for all clients: to read them takes the longest.
    monkeypatch.setattr(botocore.session, "create_loader", shared_loader)
    reset = urllib.request.Request(  # noqa: S310 it is http
        f"{running_cloud['AWS_ENDPOINT_URL']}/moto-api/reset", method="POST"
    )
    with urllib.request.urlopen(reset):  # noqa: S310 the same
        return Scene()
