# SPDX-License-Identifier: GPL-3.0-or-later
"""What a control connection tells the layer above it."""

from dataclasses import dataclass
from enum import Enum, auto

from control.heard import Heard
from control.message import Message


class Cause(Enum):
    """Why a connection is closed."""

    BYE = auto()  # the peer took its leave
    GOODBYE = auto()  # this side took its leave, and the peer agreed
    ERROR = auto()  # the peer gave up on us
    REFUSED = auto()  # we gave up on the peer
    LOST = auto()  # the transport ended without a word, or nothing was heard for Dead After
    TIMEOUT = auto()  # HELLO or GOODBYE did not come


@dataclass(frozen=True, slots=True)
class Request:
    """The peer asks; answer with this number."""

    number: int
    message: Message


@dataclass(frozen=True, slots=True)
class Notice:
    """The peer tells something that needs no answer."""

    message: Message


@dataclass(frozen=True, slots=True)
class Answer:
    """The peer's answer, or ERROR, to a request of ours."""

    request: Message
    message: Message


@dataclass(frozen=True, slots=True)
class Closed:
    """The last event of a connection."""

    cause: Cause
    code: int = 0
    text: str = ""
    heard: Heard | None = None  # in the peer's BYE


Event = Request | Notice | Answer | Closed
