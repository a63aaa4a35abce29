# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of a song as people read and write them, from and to milliseconds."""

import re
from typing import Final

_CLOCK: Final = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6})(?:\.(\d{1,3}))?", re.ASCII)


def milliseconds(text: str) -> int | None:
    """`83`, `83.5`, `1:23` or `1:02:03` in milliseconds, or None where it is no time."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds, fraction = (part or "0" for part in match.groups())
    if match[2] is not None and int(seconds) > 59:
        return None
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return whole * 1000 + int(fraction.ljust(3, "0"))


def clock_words(ms: int) -> str:
    """Milliseconds as `1:23` or `1:02:03`, whole seconds rounded down."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
