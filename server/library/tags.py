# SPDX-License-Identifier: GPL-3.0-or-later
"""Title, artist and album out of a file's tags; whatever is wrong with them, the file stays."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from mutagen.apev2 import APENoHeaderError, APEv2
from mutagen.easyid3 import EasyID3
from mutagen.id3 import ID3NoHeaderError

from server.library.track import clean


@dataclass(frozen=True, slots=True)
class Tags:
    """Clean texts, empty where a file has none; `problem` says why tags could not be read."""

    title: str = ""
    artist: str = ""
    album: str = ""
    problem: str = ""


def read_tags(file: BinaryIO) -> Tags:
    """Read ID3 (version 2, else 1) and, for what it leaves open, APEv2. Never raises.

    Args:
        file: seekable; its position afterwards is anywhere.
    """
    found: dict[str, str] = {}
    problems: list[str] = []
    readers: tuple[Callable[..., Any], ...] = (EasyID3, APEv2)
    for reader in readers:
        file.seek(0)
        try:
            tags = reader(file)
            for name in ("title", "artist", "album"):
                if not found.get(name) and name in tags:
                    found[name] = clean(", ".join(str(value) for value in tags[name]))
        except (ID3NoHeaderError, APENoHeaderError):
            continue
        except Exception as error:  # noqa: BLE001 - parsers of hostile bytes raise anything at all
            text = str(error).strip()
            named = f"{type(error).__name__}: {text}"
            problems.append(named if text else "they are cut short or damaged")
    return Tags(
        title=found.get("title", ""),
        artist=found.get("artist", ""),
        album=found.get("album", ""),
        problem=clean("; ".join(problems)),
    )
