# SPDX-License-Identifier: GPL-3.0-or-later
"""One step of the dialogue, as the shell and the script runner carry it out."""

from dataclasses import dataclass

from client.answers import CommandFailed, Event
from client.requests import EngineRequest


@dataclass(frozen=True, slots=True)
class Turn:
    """What to do now: send requests, say events, and note whether a command ended, and how."""

    requests: tuple[EngineRequest, ...] = ()
    events: tuple[Event, ...] = ()
    ended: bool | None = None  # True: done; False: failed; None: nothing ended
    leave: bool = False


def failed(reason: str, code: str = "") -> Turn:
    """The end of a command that cannot be done."""
    return Turn(events=(CommandFailed(code, reason),), ended=False)
