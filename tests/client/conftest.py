# SPDX-License-Identifier: GPL-3.0-or-later
"""What several tests of the listener share."""

from pathlib import Path

import pytest

from tests.mp3_samples import make_samples


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One MP3 file of every kind, made once."""
    return make_samples(tmp_path_factory.mktemp("samples"))
