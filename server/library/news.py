# SPDX-License-Identifier: GPL-3.0-or-later
"""What the process that looks after a library tells those that follow it, line by line. Pure."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, cast

from server.library.progress import Progress

MOST_IDS: Final = 200  # in one line
LONGEST: Final = 64 * 1024  # bytes of a line


@dataclass(frozen=True, slots=True)
class News:
    """How the library is.

    Attributes:
        changed: tracks that the database has otherwise than before, or anew.
        scanning: whether files are being looked for or read.
        ready: whether the folder has been walked and every file in it been read.
        progress: how far it is.
    """

    changed: Sequence[int]
    scanning: bool
    ready: bool
    progress: Progress

    def line(self) -> bytes:
        """As it is sent."""
        return _line(asdict(self))

    @classmethod
    def from_line(cls, line: bytes) -> "News":
        """What `line` gave; raises ValueError."""
        fields = _fields(line)
        try:
            changed = [int(track_id) for track_id in fields["changed"]]
            progress = Progress(**fields["progress"])
            return cls(changed, bool(fields["scanning"]), bool(fields["ready"]), progress)
        except (KeyError, TypeError) as error:
            raise ValueError(f"no news: {error}") from None


def reread_line(path: str) -> bytes:
    """A follower wants the file at this path, which need not be text, to be read again."""
    return _line({"reread": path})


def path_to_reread(line: bytes) -> str:
    """What `reread_line` was given; raises ValueError."""
    path = _fields(line).get("reread")
    if not isinstance(path, str):
        raise ValueError("no path to be read again")  # noqa: TRY004 one class for all of them
    return path


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def _fields(line: bytes) -> dict[str, Any]:
    try:
        found: object = json.loads(line)
    except RecursionError:
        raise ValueError("a line nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("a line that is no object")  # noqa: TRY004 the same
    return cast("dict[str, Any]", found)
