# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk, and a control connection that has said HELLO to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from control.session_messages import Welcome
from server.config import Timers
from server.transport import Transport
from tests.server.control_link.end import HELLO, End
from tests.server.fakes import Desk, make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path, timers=Timers(idle_timeout=60_000))


@pytest.fixture
def end(desk: Desk, over: Transport) -> Iterator[End]:
    """After HELLO."""
    made = End(desk, transport=over)
    made.client.send(HELLO)
    assert isinstance(made.next(), Welcome)
    assert made.greeted == [made.link]
    yield made
    made.client.close()
    made.link.replaced()
