# SPDX-License-Identifier: GPL-3.0-or-later
"""What the client does next when its control connection is over (RFC.md, "Errors")."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from client.sentences import sentence
from common.errors import ErrorCode
from control.events import Cause, Closed


class Next(Enum):
    """What comes after the end of a control connection."""

    RESUME = auto()  # connect again and take the session up
    AFRESH = auto()  # connect again; the server has forgotten the session
    ON_DEMAND = auto()  # the same, but only when the listener asks for something
    GIVE_UP = auto()
    LEFT = auto()  # this side wanted it


# Codes that are not here speak of a defect, which another attempt would only repeat.
_AFRESH: Final = frozenset(
    {
        0,  # in BYE: the server has simply finished
        ErrorCode.BUSY,
        ErrorCode.ADDRESS_LIMIT,
        ErrorCode.TIMEOUT,
        ErrorCode.SHUTTING_DOWN,
        ErrorCode.INTERNAL,
    }
)


_UNKNOWN: Final = frozenset({ErrorCode.UNKNOWN_TYPE, ErrorCode.UNKNOWN_EXTENSION})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, and why in a sentence."""

    next: Next
    reason: str
    is_old: bool = False  # the server knows nothing of something that it was asked


def judge(closed: Closed, *, server: str, greeted: bool, tries: bool = False) -> Verdict:
    """What the end of a connection to `server` means; `greeted`: whether WELCOME had ever come.

    `tries`: something was asked that an older server need not know.
    """
    if tries and closed.cause is Cause.ERROR and closed.code in _UNKNOWN:
        return Verdict(Next.AFRESH, "The server does not know what it was asked.", is_old=True)
    match closed.cause:
        case Cause.GOODBYE:
            return Verdict(Next.LEFT, "")
        case Cause.LOST | Cause.TIMEOUT:
            silent = closed.code == ErrorCode.TIMEOUT
            what = "has fallen silent" if silent else "closed the connection"
            return Verdict(Next.RESUME, f"The server {what}.")
        case Cause.REFUSED:
            if not greeted:
                return Verdict(Next.GIVE_UP, f"{server} does not speak Antiphon.")
            return Verdict(Next.GIVE_UP, f"The server broke the protocol: {closed.text}.")
        case Cause.BYE | Cause.ERROR:
            return _sent_away(closed)


def _sent_away(closed: Closed) -> Verdict:
    if closed.cause is Cause.BYE and closed.code == ErrorCode.TIMEOUT:
        return Verdict(Next.ON_DEMAND, "The server has ended the session, which was idle.")
    if closed.code == 0:
        return Verdict(Next.AFRESH, "The server has taken its leave.")
    step = Next.AFRESH if closed.code in _AFRESH else Next.GIVE_UP
    return Verdict(step, sentence(closed.code, closed.text))
