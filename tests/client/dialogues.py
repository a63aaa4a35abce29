# SPDX-License-Identifier: GPL-3.0-or-later
"""A shell's and a script's dialogue, and what comes of a command."""

from dataclasses import replace

from client.answers import (
    Event,
)
from client.dialogue import Dialogue
from client.reports import (
    Activity,
    Listed,
    Status,
)
from client.requests import (
    EngineRequest,
)
from client.turn import Turn
from tests.client.fake_engine import TRACKS

IDLE = Status(Activity.STOPPED, linked=True)
PLAYING = Status(
    Activity.PLAYING, linked=True, track=TRACKS[0], position=20.0, duration=83.0, buffered_to=40.0
)
PAUSED = replace(PLAYING, activity=Activity.PAUSED)


def shell() -> Dialogue:
    return Dialogue(scripted=False)


def script() -> Dialogue:
    return Dialogue(scripted=True)


def asked(*requests: EngineRequest) -> Turn:
    return Turn(requests=requests)


def done(*events: Event) -> Turn:
    return Turn(events=events, ended=True)


def page(tag: int, *numbers: int, total: int = 3, more: bool = False) -> Listed:
    tracks = tuple(TRACKS[number - 1] for number in numbers)
    return Listed(tag, total, more=more, scanning=False, tracks=tracks)
