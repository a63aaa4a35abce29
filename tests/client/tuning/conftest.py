# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of stations share."""

from collections.abc import Iterator

import pytest

from tests.client.tuning.studio import RadioBook, radio


@pytest.fixture
def book() -> Iterator[RadioBook]:
    """A client with both connections, of which a test must look at everything it does."""
    playbook = radio()
    yield playbook
    playbook.over()
