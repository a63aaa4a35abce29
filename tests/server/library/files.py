# SPDX-License-Identifier: GPL-3.0-or-later
"""Small MP3 files by the number, and the patience that tests of a running library need."""

from collections.abc import Callable
from pathlib import Path

import gevent
from mutagen.id3 import ID3, TALB, TIT2, TPE1

from server.library.catalogue import Catalogue
from server.library.library import Library
from server.library.track import Track

HEADER = bytes.fromhex("fffb9064")  # MPEG 1, 128 kbit/s, 44.1 kHz stereo: frames of 417 bytes
FRAME = 417  # bytes


def audio(seed: int, frames: int = 10) -> bytes:
    """Frames that no other seed has: 1152 samples each, at 44.1 kHz."""
    return (HEADER + f"{seed:08}".encode() + bytes(FRAME - 12)) * frames


def write(path: Path, seed: int, *, title: str = "", artist: str = "", album: str = "") -> Path:
    """A file with this audio; with an ID3v2 tag if it is given any text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(audio(seed))
    tag_with(path, title=title, artist=artist, album=album)
    return path


def tag_with(path: Path, *, title: str = "", artist: str = "", album: str = "") -> None:
    """Writes an ID3v2 tag in front of a file, in place."""
    if title or artist or album:
        tags = ID3()  # type: ignore[no-untyped-call]
        for frame, text in ((TIT2, title), (TPE1, artist), (TALB, album)):
            tags.add(frame(encoding=3, text=[text]))  # type: ignore[no-untyped-call]
        tags.save(path)


def until(condition: Callable[[], object]) -> None:
    """Lets the other greenlets run until something holds; 30 seconds are a net, not a measure."""
    with gevent.Timeout(30):
        while not condition():
            gevent.sleep(0.002)


def track(track_id: int, path: str, digest: str = "", **texts: str) -> Track:
    """A track as the catalogue knows it; its digest, if not given, is of its own."""
    return Track(
        id=track_id,
        path=path,
        title=texts.get("title", path),
        artist=texts.get("artist", ""),
        album=texts.get("album", ""),
        duration_ms=1000,
        digest=(digest or f"of {track_id}").encode(),
        size=len(path),
        mtime_ns=7,
    )


def listed(library: Library) -> dict[str, int]:
    """Path -> id of everything on the list."""
    return {track.path: track.id for track in library.page(0, 1000).tracks}


def adopt(catalogue: Catalogue, path: str, digest: str, **texts: str) -> int:
    """The id that a file gets."""
    return catalogue.adopt(track(0, path, digest, **texts)).track.id


def list_of(catalogue: Catalogue, query: str = "") -> list[tuple[int, str]]:
    """(id, path) of everything that a search finds."""
    page = catalogue.page(after=0, limit=1000, query=query)
    assert page.total == len(page.tracks)
    return [(found.id, found.path) for found in page.tracks]
