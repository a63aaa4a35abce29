# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection of a test goes over."""

from pathlib import Path

import pytest

from server.transport import Transport
from tests.server.tls_wires import TRANSPORTS, transport


@pytest.fixture(params=TRANSPORTS)
def over(request: pytest.FixtureRequest, tmp_path: Path) -> Transport:
    """TCP, or TLS."""
    return transport(request.param, tmp_path / "papers")
