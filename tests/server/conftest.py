# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection of a test goes over, and what the tests read of the log."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.log_lines import Form, LineFormatter
from server.transport import Transport
from tests.server.tls_wires import TRANSPORTS, transport


@pytest.fixture(params=TRANSPORTS)
def over(request: pytest.FixtureRequest, tmp_path: Path) -> Transport:
    """TCP, or TLS."""
    return transport(request.param, tmp_path / "papers")


@pytest.fixture(autouse=True)
def lines_of_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """`caplog.text` is what standard error would show, but for the time."""
    before = caplog.handler.formatter
    caplog.handler.setFormatter(LineFormatter(Form(for_journal=True)))
    yield
    caplog.handler.setFormatter(before or logging.Formatter())


@pytest.fixture
def toml(tmp_path: Path) -> Callable[[str], str]:
    """Writes a file; its name."""

    def write(content: str) -> str:
        path = tmp_path / "antiphon.toml"
        path.write_text(content, encoding="utf-8")
        return str(path)

    return write
