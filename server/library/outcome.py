# SPDX-License-Identifier: GPL-3.0-or-later
"""What reading one file came to, and its form on the pipe between the indexer and the server."""

import json
import struct
from dataclasses import asdict, dataclass
from typing import Any, cast

# A request: length of the path, how many bytes of it name the folder that it must not lead out of
# (0: it may), whether the file has been found quiet; then the path's bytes.
REQUEST = struct.Struct("!II?")
# An answer: length of the JSON, length of the index; then both.
ANSWER = struct.Struct("!II")


@dataclass(frozen=True, slots=True)
class Indexed:
    """An MP3 file. `index` is `AudioIndex.to_bytes()`, `problem` what was wrong with the tags."""

    title: str
    artist: str
    album: str
    duration_ms: int
    digest: bytes
    size: int  # bytes
    mtime_ns: int
    problem: str
    index: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """Not an MP3 file, and it will not be one until its size or time changes."""

    reason: str
    size: int  # bytes
    mtime_ns: int

    @property
    def stamp(self) -> tuple[int, int]:
        """(size, mtime_ns): the file that was refused."""
        return self.size, self.mtime_ns


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The operating system refused; another time it may not."""

    reason: str


@dataclass(frozen=True, slots=True)
class Outside:
    """A link that leads out of the music folder, and is not to be followed there."""


@dataclass(frozen=True, slots=True)
class Missing:
    """No such file any more."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody is still writing it."""


Outcome = Indexed | Refused | Unreadable | Outside | Missing | Busy

_KINDS: dict[str, type[Outcome]] = {
    kind.__name__: kind for kind in (Indexed, Refused, Unreadable, Outside, Missing, Busy)
}


def encode(outcome: Outcome) -> bytes:
    """An answer as it goes through the pipe."""
    fields = asdict(outcome)
    index: bytes = fields.pop("index", b"")
    if isinstance(outcome, Indexed):
        fields["digest"] = outcome.digest.hex()
    head = json.dumps({"kind": type(outcome).__name__, **fields}).encode()
    return ANSWER.pack(len(head), len(index)) + head + index


def decode(head: bytes, index: bytes) -> Outcome:
    """The answer with this JSON and this index; ValueError or TypeError if it is none."""
    try:
        found: object = json.loads(head)
    except RecursionError:
        raise ValueError("an answer nested too deeply") from None
    if not isinstance(found, dict):
        raise TypeError("an answer that is no object")
    fields = cast("dict[str, Any]", found)
    kind = _KINDS.get(fields.pop("kind", ""))
    if kind is None:
        raise ValueError("unknown kind of answer")
    if kind is Indexed:
        fields["digest"] = bytes.fromhex(fields.get("digest", ""))
        fields["index"] = index
    return kind(**fields)
