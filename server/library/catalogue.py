# SPDX-License-Identifier: GPL-3.0-or-later
"""Which id each recording has, and the pages of them that listeners ask for; pure and in memory.

An id names one recording, for good. A file that was seen before, at the same path with the same
audio, keeps its id; audio whose old path has vanished takes its id along to the new path; anything
else gets a new id. Ids start at 1 and are never given to another recording. A track whose file is
gone is no longer listed, but stays known, for the day it comes back.
"""

import os
import unicodedata
from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from server.library.track import Track

SEARCHES: Final = 32  # whose results are at hand; each is one number a track at most

_Search = tuple[tuple[str, ...], frozenset[int] | None]  # the words, and the tracks among which


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the list, by ascending id.

    Attributes:
        total: how many tracks match the query in all.
        tracks: the stretch asked for.
        more: whether matching tracks follow the last of `tracks`.
        scanning: whether files are still being looked for or read, so that the list may grow.
    """

    total: int
    tracks: tuple[Track, ...]
    more: bool
    scanning: bool


@dataclass(frozen=True, slots=True)
class Adoption:
    """A file has got its track.

    Attributes:
        track: with its id.
        displaced: the id of another recording that was at this path until now, if any.
    """

    track: Track
    displaced: int | None


def fold(text: str) -> str:
    """Text as the search compares it: no case, no accents."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def _needed(words: list[str]) -> tuple[str, ...]:
    """Those of which each has to be looked for: a word that is part of another one is found there.

    A query can hold a hundred words that every track has, and costs as much as it has words.
    """
    distinct = sorted(set(words))
    return tuple(word for word in distinct if not any(word in o for o in distinct if o != word))


class Catalogue:
    """All tracks ever named, and those of them that are there now."""

    def __init__(
        self,
        present: Iterable[Track] = (),
        gone: Iterable[Track] = (),
        next_id: int = 1,
    ) -> None:
        """Start from what was kept; `next_id` must be above every id ever given."""
        self.next_id = next_id
        self.revision = 0  # another one whenever the list has changed
        self._tracks: dict[int, Track] = {}
        self._present: list[int] = []  # ascending
        self._folded: dict[int, str] = {}
        # The latest searches' results, until the list changes: the next page needs no new search.
        self._found: OrderedDict[_Search, list[int]] = OrderedDict()
        self._at: dict[str, int] = {}  # path -> id, of present tracks
        self._was_at: dict[str, set[int]] = {}  # path -> ids, of gone tracks
        self._by_digest: dict[bytes, set[int]] = {}
        for track in gone:
            self._remember(track)
            self._was_at.setdefault(track.path, set()).add(track.id)
        for track in present:
            self._remember(track)
            self._show(track)

    def __len__(self) -> int:
        return len(self._present)

    def page(
        self,
        *,
        after: int,
        limit: int,
        query: str = "",
        within: frozenset[int] | None = None,
        scanning: bool = False,
    ) -> Page:
        """At most `limit` tracks with an id above `after`; those of `within`, where that is given.

        With a query, only tracks of which every word of it occurs in title, artist, album or file
        name, whatever the case and the accents.
        """
        words = _needed(fold(query).split())
        ids = self._present if within is None and not words else self._search(words, within)
        start = bisect_right(ids, after)
        chosen = ids[start : start + limit]
        return Page(
            total=len(ids),
            tracks=tuple(self._tracks[track_id] for track_id in chosen),
            more=start + len(chosen) < len(ids),
            scanning=scanning,
        )

    def get(self, track_id: int) -> Track | None:
        """The track, if it is there."""
        return self._tracks.get(track_id) if track_id in self._folded else None

    def at(self, path: str) -> Track | None:
        """The track whose file is at this path."""
        track_id = self._at.get(path)
        return None if track_id is None else self._tracks[track_id]

    def paths(self) -> set[str]:
        """The paths of all tracks that are there."""
        return set(self._at)

    def below(self, folder: str) -> list[str]:
        """The paths of all tracks that are there and somewhere below a folder."""
        prefix = f"{folder}/"
        return [path for path in self._at if path.startswith(prefix)]

    def adopt(self, found: Track) -> Adoption:
        """Give the file that was just read its id, by the rule above, whatever `found.id` is."""
        displaced = self._at.get(found.path)
        if displaced is not None and self._tracks[displaced].digest == found.digest:
            track_id, displaced = displaced, None
        else:
            if displaced is not None:
                self._hide(displaced)
            track_id = self._vanished(found) or self._new_id()
        track = replace(found, id=track_id)
        self._forget_place(track_id)
        self._remember(track)
        self._show(track)
        return Adoption(track, displaced)

    def retire(self, path: str) -> int | None:
        """The file has vanished; returns the id that is no longer listed."""
        track_id = self._at.get(path)
        if track_id is not None:
            self._hide(track_id)
        return track_id

    def revive(self, path: str, size: int, mtime_ns: int) -> Track | None:
        """The file is back as it was (a volume mounted again): list it without reading it."""
        for track_id in sorted(self._was_at.get(path, ()), reverse=True):
            track = self._tracks[track_id]
            if track.stamp == (size, mtime_ns):
                self._forget_place(track_id)
                self._show(track)
                return track
        return None

    # Where another process gives the ids:

    def ids(self) -> set[int]:
        """All ids, of tracks that are there and of those that are not."""
        return set(self._tracks)

    def follow(self, known: Iterable[tuple[Track, bool]]) -> None:
        """Take over tracks with their ids, and whether they are there, from another catalogue."""
        others = [
            (track, is_there)
            for track, is_there in known
            if (self._tracks.get(track.id), track.id in self._folded) != (track, is_there)
        ]
        self.withdraw(track.id for track, _ in others)  # two may have changed places
        for track, is_there in others:
            self._forget_place(track.id)
            self._remember(track)
            if is_there:
                self._show(track)
            else:
                self._was_at.setdefault(track.path, set()).add(track.id)

    def withdraw(self, ids: Iterable[int]) -> None:
        """List these no longer, as far as they are listed."""
        for track_id in ids:
            if track_id in self._folded:
                self._hide(track_id)

    # Inside:

    def _search(self, words: tuple[str, ...], within: frozenset[int] | None) -> list[int]:
        search = words, within
        ids = self._found.get(search)
        if ids is None:
            ids = self._present
            if within is not None:
                ids = [track_id for track_id in ids if track_id in within]
            for word in words:
                ids = [track_id for track_id in ids if word in self._folded[track_id]]
            self._found[search] = ids
            if len(self._found) > SEARCHES:
                self._found.popitem(last=False)
        self._found.move_to_end(search)
        return ids

    def _vanished(self, found: Track) -> int | None:
        """The gone track that this file is: best one of the same path or name, then the oldest."""
        name = os.path.basename(found.path)  # noqa: PTH119 - paths are not always text
        candidates = [
            (track.path != found.path, not f"/{track.path}".endswith(f"/{name}"), track.id)
            for track in map(self._tracks.__getitem__, self._by_digest.get(found.digest, ()))
            if track.id not in self._folded
        ]
        return min(candidates)[-1] if candidates else None

    def _new_id(self) -> int:
        track_id, self.next_id = self.next_id, self.next_id + 1
        return track_id

    def _remember(self, track: Track) -> None:
        self._tracks[track.id] = track
        self._by_digest.setdefault(track.digest, set()).add(track.id)

    def _forget_place(self, track_id: int) -> None:
        """Take a known track out of wherever it stands, before it is shown at its new place."""
        track = self._tracks.get(track_id)
        if track is None:
            return
        if self._at.get(track.path) == track_id:
            del self._at[track.path]
        if (ids := self._was_at.get(track.path)) is not None:
            ids.discard(track_id)
            if not ids:
                del self._was_at[track.path]

    def _show(self, track: Track) -> None:
        self._changed()
        if track.id not in self._folded:
            insort(self._present, track.id)
        name = os.path.basename(track.path)  # noqa: PTH119 - paths are not always text
        # Line breaks occur in no folded field: no word can match across two of them.
        fields = (track.title, track.artist, track.album, name)
        self._folded[track.id] = "\n".join(map(fold, fields))
        self._at[track.path] = track.id

    def _changed(self) -> None:
        self.revision += 1
        self._found.clear()

    def _hide(self, track_id: int) -> None:
        self._changed()
        track = self._tracks[track_id]
        self._present.pop(bisect_right(self._present, track_id) - 1)
        del self._folded[track_id]
        if self._at[track.path] == track_id:  # who follows may have heard first who came instead
            del self._at[track.path]
        self._was_at.setdefault(track.path, set()).add(track_id)
