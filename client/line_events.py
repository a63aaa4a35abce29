# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the line to the server stands, and what comes of it."""

from dataclasses import dataclass
from enum import Enum, auto

from client.verdict import Verdict
from control.events import Answer, Notice
from control.session_messages import Welcome


class Stage(Enum):
    """Where the line stands."""

    DOWN = auto()  # until `retry_at`, or until somebody dials
    CONNECTING = auto()
    GREETING = auto()  # HELLO sent
    OPEN = auto()
    LEAVING = auto()  # BYE sent
    ENDED = auto()  # for good


@dataclass(frozen=True, slots=True)
class Welcomed:
    """WELCOME has come, so many seconds after HELLO."""

    welcome: Welcome
    round_trip: float


@dataclass(frozen=True, slots=True)
class Down:
    """The connection is over; `retry_in` seconds until the next attempt, None for no attempt."""

    verdict: Verdict
    retry_in: float | None


LineEvent = Welcomed | Answer | Notice | Down
