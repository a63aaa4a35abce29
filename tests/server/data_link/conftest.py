# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk, and a data connection that has attached to a session of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.config import Timers
from server.transport import Transport
from tests.server.data_link.line import LONG, Line
from tests.server.fakes import Desk, make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = make_desk(tmp_path, timers=Timers(idle_timeout=60_000))
    made.tracks.add(LONG)
    return made


@pytest.fixture
def line(desk: Desk, over: Transport) -> Iterator[Line]:
    """Attached."""
    made = Line(desk, transport=over)
    made.attach()
    yield made
    made.client.close()
    made.link.drop()
