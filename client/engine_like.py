# SPDX-License-Identifier: GPL-3.0-or-later
"""What the shell and the script runner need of an engine, so that a test can bring its own."""

from collections.abc import Callable
from typing import Final, Protocol

from client.reports import Report, Status
from client.requests import EngineRequest

FAREWELL: Final = 3.0  # seconds: for the server's answer to BYE, and for the engine's end

OnReport = Callable[[Report], None]


class EngineLike(Protocol):
    """Does what it is asked and reports, from a thread of its own.

    Made with an `OnReport`, which it calls on its own thread, one report at a time, in order.
    """

    def start(self) -> None:
        """Connects; Connected or Disconnected will be reported."""
        ...

    def submit(self, request: EngineRequest) -> None:
        """Has `request` done and reported on; returns at once. Any thread may call it."""
        ...

    def status(self) -> Status:
        """How things are at this moment. Any thread may call it."""
        ...

    def close(self, timeout: float) -> None:
        """Ends it for good, waiting at most `timeout` seconds; may be called twice."""
        ...


EngineMaker = Callable[[OnReport], EngineLike]
