# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes (RFC.md, "Errors") and one exception class per remedy.

AntiphonError
 +-- ProtocolError   the peer broke a rule: tell it the code, close if the code is fatal
 +-- MisuseError     this program broke a rule of its own interface: a defect here

`OSError` becomes "lost" in the shells and never reaches a core.
"""

from enum import IntEnum
from typing import Final

FIRST_REQUEST_CODE: Final = 0x0100


class ErrorCode(IntEnum):
    """What an ERROR, a FAIL or a BYE says to a program."""

    MALFORMED = 0x0001
    TOO_LARGE = 0x0002
    UNEXPECTED = 0x0003
    UNKNOWN_TYPE = 0x0004
    UNKNOWN_EXTENSION = 0x0005
    VERSION = 0x0006
    BUSY = 0x0007
    ADDRESS_LIMIT = 0x0008
    TIMEOUT = 0x0009
    SHUTTING_DOWN = 0x000A
    INTERNAL = 0x000B
    LOGIN_FAILED = 0x000C
    NO_SUCH_SESSION = 0x0100
    NO_SUCH_TRACK = 0x0101
    NO_SUCH_STREAM = 0x0102
    STREAM_ORDER = 0x0103
    BAD_START = 0x0104
    CHANGED = 0x0105
    UNREADABLE = 0x0106
    BAD_TICKET = 0x0107
    LOGIN_NEEDED = 0x0108
    NO_SUCH_STATION = 0x0109
    NOT_TUNED = 0x010A
    QUEUE_FULL = 0x010B
    BEHIND = 0x010C
    UNREACHABLE = 0x010D
    NO_RELAYS = 0x010E


def is_fatal(code: int) -> bool:
    """Whether an ERROR with this code ends the connection; unknown codes go by their range."""
    return code < FIRST_REQUEST_CODE


def code_name(code: int) -> str:
    """The RFC's name of a code, or its number where this version has no name for it."""
    try:
        return ErrorCode(code).name
    except ValueError:
        return f"0x{code:04X}"


class AntiphonError(Exception):
    """Everything that Antiphon raises on purpose."""


class ProtocolError(AntiphonError):
    """The peer broke the rule that `code` names; `text` is a sentence for a person."""

    def __init__(self, code: ErrorCode, text: str) -> None:
        super().__init__(f"{code.name}: {text}")
        self.code = code
        self.text = text


class MisuseError(AntiphonError):
    """A core was called in a way its interface forbids."""
