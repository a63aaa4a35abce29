# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences for a person about what went wrong, by the RFC's error codes."""

from typing import Final

from common.errors import ErrorCode, code_name

NOTHING_PLAYS: Final = "Nothing is playing; `list` shows what there is."
WAITS_FOR_NOTHING: Final = "The song does not wait for anything to arrive."

IN_THE_CLEAR: Final = (
    "The password was not sent, as others on the way to the server could read it: "
    "give --tls, or --insecure to send it all the same."
)

_OF_CODE: Final = {
    ErrorCode.VERSION: "The server speaks another version of Antiphon",
    ErrorCode.BUSY: "The server has no room at the moment",
    ErrorCode.ADDRESS_LIMIT: "The server allows no more listeners from this address",
    ErrorCode.TIMEOUT: "The server waited too long for this program",
    ErrorCode.SHUTTING_DOWN: "The server is shutting down",
    ErrorCode.INTERNAL: "The server has a fault of its own",
    ErrorCode.LOGIN_FAILED: "The server knows no such user with this password",
    ErrorCode.LOGIN_NEEDED: "The server serves only users that it knows: give --user NAME",
    ErrorCode.NO_SUCH_TRACK: "The server does not have this track",
    ErrorCode.BAD_START: "The song ends before this moment",
    ErrorCode.CHANGED: "The recording has changed on the server; play it again from the start",
    ErrorCode.UNREADABLE: "The server cannot read the file",
    ErrorCode.NO_SUCH_STATION: "The server does not have this station",
    ErrorCode.NOT_TUNED: "The server says that you are not tuned in to this station",
    ErrorCode.QUEUE_FULL: "The station takes no more requests now",
    ErrorCode.BEHIND: "The link is too slow for this station",
}


def sentence(code: int, text: str = "") -> str:
    """What `code` means, followed by the server's own words where it has any."""
    try:
        meaning = _OF_CODE.get(ErrorCode(code))
    except ValueError:
        meaning = None
    if meaning is None:
        return _ended(text) if text else f"The server refused ({code_name(code)})."
    text = text.rstrip(".")
    # The server may say in its words what the code says already.
    is_new = not meaning.casefold().startswith(text.casefold())
    return f"{meaning} ({text})." if is_new else f"{meaning}."


def stopping(until: int, text: str, *, is_awaited: bool) -> str:
    """What DRAIN means: the server stops after `until` seconds at the latest.

    `is_awaited`: more is to come of what plays.
    """
    if is_awaited and not text:
        within = f"{until} s" if until < 120 else f"{round(until / 60)} minutes"
        text = f"what is playing has {within} to arrive"
    return sentence(ErrorCode.SHUTTING_DOWN, text)


def _ended(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
