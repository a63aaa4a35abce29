# SPDX-License-Identifier: GPL-3.0-or-later
"""How the sound of one song flows into the sink, and what of it is told. Pure."""

from enum import Enum, auto
from typing import Final

from common.table import Table, row


class Flow(Enum):
    """What the sink does with the song."""

    UNHEARD = auto()  # nothing yet
    SOUNDING = auto()
    AT_REST = auto()  # it was heard, and the sink has played all it got
    STARVED = auto()  # the same for lack of bytes, which was told

    @property
    def gathers(self) -> bool:
        """Whether the sink is silent, and may begin with as much as it likes."""
        return self is not Flow.SOUNDING


class Cue(Enum):
    """What can happen."""

    WRITTEN = auto()  # the sink has taken sound
    RAN_OUT = auto()  # of bytes to decode; the sink has got all there was
    NEW_RATE = auto()  # the sink has played all of the old one


class Told(Enum):
    """What the player reports of it."""

    NOTHING = auto()
    STARTED = auto()
    STARVED = auto()
    CONTINUED = auto()


_UNHEARD, _SOUNDING, _AT_REST, _STARVED = Flow
_NOTHING: Final = Told.NOTHING

# fmt: off
TABLE: Final = Table(Flow, Cue, {
    # From UNHEARD, SOUNDING, AT_REST, STARVED:
    **row(Cue.WRITTEN, Flow, (
        (_SOUNDING, Told.STARTED), (_SOUNDING, _NOTHING),
        (_SOUNDING, _NOTHING), (_SOUNDING, Told.CONTINUED))),
    **row(Cue.RAN_OUT, Flow, (
        (_UNHEARD, _NOTHING), (_STARVED, Told.STARVED),
        (_STARVED, Told.STARVED), (_STARVED, _NOTHING))),
    **row(Cue.NEW_RATE, Flow, (
        (_UNHEARD, _NOTHING), (_AT_REST, _NOTHING),
        (_AT_REST, _NOTHING), (_STARVED, _NOTHING))),
})
# fmt: on
