# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns a schedule into sealed stretches at the time at which they are due.

It reads, chains and signs one stretch a step, so that nobody waits for it for long. A seal names
the one before it, so whoever begins in the middle of a song goes through it from its beginning.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from common.constants import RING
from data.station.ring import Ring
from data.station.seals import Chain, Sign
from data.station_frames import Song
from server.library.errors import TrackUnavailableError
from server.library.sound_file import SoundFile
from server.station.schedule import Entry, Schedule, entry_numbered
from server.station.timeline import Place, Timeline

RING_US: Final = RING * 1_000_000
# A stretch that comes later than this was slept through: nobody reads all of that any more.
SLEPT_US: Final = RING_US

OpenSound = Callable[[bytes], SoundFile]


class BrokenSongError(Exception):
    """A song cannot be sent any further; the text says why.

    Attributes:
        entry: the song.
        until: its audio bytes that can still be played.
        lasts_us: how long these are heard.
    """

    def __init__(self, entry: Entry, until: int, lasts_us: int, why: str) -> None:
        super().__init__(why)
        self.entry = entry
        self.until = until
        self.lasts_us = lasts_us


@dataclass(slots=True)
class _OnAir:
    """The song that is being sent."""

    place: Place  # what comes next
    file: SoundFile
    payload: bytes  # of its SONG
    chain: Chain
    first: int  # the first stretch that goes into the ring


class Transmitter:
    """The ring of one station, filled as time goes by.

    Attributes:
        ring: what listeners read; another one where the stream could not go on without a gap.
    """

    def __init__(
        self,
        timeline: Timeline,
        open_sound: OpenSound,
        *,
        signer: Callable[[bytes], Sign],
        filled: Callable[[], None],
    ) -> None:
        """Send nothing yet.

        Args:
            timeline: knows the stretches.
            open_sound: opens the file of a song by its digest; raises TrackUnavailableError.
            signer: makes what signs, of a station's seed.
            filled: called when the ring has got another stretch.
        """
        self.ring = Ring()
        self._timeline = timeline
        self._open_sound = open_sound
        self._signer = signer
        self._filled = filled
        self._station_id = b""
        self._sign: Sign | None = None
        self._song: _OnAir | None = None
        self._next: _OnAir | None = None  # opened before its time
        self._is_live = False  # it has caught up with the time
        self._left_out = 0  # the number of the song that others play, and not this server
        self._first = 0  # no song with a lower number is begun in

    def step(self, schedule: Schedule, now_us: int) -> int | None:
        """Do what is due, or a part of it; when to call again, at once where that has passed.

        None: there is nothing to do before the schedule is another one. Raises BrokenSongError.
        """
        self._keep_up(schedule)
        song = self._song or self._begin(schedule, now_us)
        if song is None:
            return None
        if song.place.is_end:
            return self._change(schedule, song.place.entry)
        due_us = song.place.due_us
        if due_us > now_us:
            self._is_live = True
            self._look_ahead(schedule, song.place.entry)
            return due_us
        if now_us - due_us > SLEPT_US and self._is_live:
            self.abandon()
            return now_us
        self._send(song, now_us)
        return song.place.due_us

    def abandon(self) -> None:
        """What is in the ring does not go on, and files are let go; the next step begins anew."""
        for song in (self._song, self._next):
            if song is not None:
                song.file.close()
        self._song = self._next = None
        self._is_live = False
        self.ring = Ring(self.ring.edge)

    def leave_out(self, entry: Entry) -> None:
        """Send nothing of a song as long as its file cannot be had; then go on behind a gap."""
        self._left_out = entry.number
        if self._song is None or self._song.place.entry.number == entry.number:
            self._jump(entry)

    def _jump(self, over: Entry) -> None:
        self.abandon()
        self._first = over.number

    def _is_left_out(self, entry: Entry) -> bool:
        return entry.number == self._left_out and self._timeline.stretches(entry) is None

    def _keep_up(self, schedule: Schedule) -> None:
        """Notice what is other than it was, beyond what a schedule may change."""
        if schedule.station_id != self._station_id:
            self.abandon()
            self._station_id = schedule.station_id
            self._sign = self._signer(schedule.seed)
            self._left_out = self._first = 0
        if self._song is not None and not _keep(schedule, self._song):
            self.abandon()
        if self._next is not None and not _keep(schedule, self._next):
            self._next.file.close()
            self._next = None

    def _begin(self, schedule: Schedule, now_us: int) -> _OnAir | None:
        place = self._timeline.due_after(schedule, now_us - RING_US, first=self._first)
        if place is None:
            edge = self._timeline.edge(schedule, now_us)
            if self.ring.edge != edge:  # who tunes in meanwhile waits there for the song to come
                self.ring = Ring(edge)
            return None
        self._is_live = False
        if self.ring.edge != place.offset or self.ring.oldest != place.offset:
            self.ring = Ring(place.offset)
        self._song = self._opened(place.entry, first=place.number, now_us=now_us)
        return self._song

    def _change(self, schedule: Schedule, over: Entry) -> int | None:
        """To the next song, where there is one."""
        entry = _following(schedule, over)
        if entry is None:
            return None
        if entry.offset != self.ring.edge:  # no cut of this server's has ended the song before it
            self.abandon()
            return over.begins_us
        if self._is_left_out(entry):
            self._jump(entry)
            return over.begins_us
        opened, self._next = self._next, None
        if opened is None or opened.place.entry != entry:
            if opened is not None:
                opened.file.close()
            opened = self._opened(entry)
        if self._song is not None:
            self._song.file.close()
        self._song = opened
        return opened.place.due_us

    def _look_ahead(self, schedule: Schedule, current: Entry) -> None:
        """While there is time, open the song behind this one, and find out whether that can be."""
        entry = _following(schedule, current)
        if entry is not None and self._next is None and not self._is_left_out(entry):
            self._next = self._opened(entry)

    def _opened(self, entry: Entry, *, first: int = 0, now_us: int = 0) -> _OnAir:
        stretches = self._timeline.stretches(entry)
        if stretches is None:
            raise BrokenSongError(entry, 0, 0, "its file is not here")
        try:
            file = self._open_sound(entry.digest)
        except TrackUnavailableError as error:
            raise self._broken(Place(entry, stretches, 0), now_us, str(error)) from error
        payload = _payload(entry)
        chain = Chain(self._station_id, entry.offset, payload)
        return _OnAir(Place(entry, stretches, 0), file, payload, chain, first)

    def _send(self, song: _OnAir, now_us: int) -> None:
        place = song.place
        try:
            audio = song.file.read(place.stretches.pieces(place.number))
        except TrackUnavailableError as error:
            was_live = self._is_live
            if not was_live:  # what is missing was due, and others may have sent it
                self.abandon()
            raise self._broken(place, 0 if was_live else now_us, str(error)) from error
        song.place = place._replace(number=place.number + 1)
        if place.number < song.first or self._sign is None:
            song.chain.pass_over(audio)
            return
        if place.number == song.first:
            self.ring.append_song(place.entry.offset, song.payload)
        before, signature = song.chain.seal(audio, self._sign)
        seconds = (song.place.due_us - place.due_us) / 1e6
        self.ring.append_stretch(
            place.offset, audio, before=before, signature=signature, seconds=seconds
        )
        self._filled()

    def _broken(self, place: Place, now_us: int, why: str) -> BrokenSongError:
        """The song ends in front of this stretch, or of the first one that is not due `now_us`."""
        entry, stretches, number = place
        self._timeline.forget(entry.digest)
        number = max(number, stretches.due_by(now_us - entry.begins_us))
        return BrokenSongError(entry, stretches.offset(number), stretches.due_us(number), why)


def _keep(schedule: Schedule, song: _OnAir) -> bool:
    """Whether a song is still in the schedule, as far as it was sent; takes over its new end."""
    before, sent = song.place.entry, song.place.stretches.offset(song.place.number)
    entry = entry_numbered(schedule, before.number)
    if entry is None or entry.until < sent:
        return False
    song.place = song.place._replace(entry=entry)
    return (
        (entry.offset, entry.begins_us, entry.digest)
        == (before.offset, before.begins_us, before.digest)
    ) and _payload(entry) == song.payload


def _following(schedule: Schedule, entry: Entry) -> Entry | None:
    """The song behind one, but for those that are cut to nothing."""
    following = entry_numbered(schedule, entry.number + 1)
    while following is not None and not following.until:
        following = entry_numbered(schedule, following.number + 1)
    return following


def _payload(entry: Entry) -> bytes:
    """What SONG tells of an entry; the same on every server, and however early it ends."""
    return Song(
        number=entry.number,
        total=entry.total,
        duration=max(1, entry.playing_us // 1000),
        sample_rate=entry.sample_rate,
        channels=entry.channels,
        gapless=entry.has_gapless,
        delay=entry.delay,
        padding=entry.padding,
        digest=entry.digest,
        title=entry.title,
        artist=entry.artist,
        album=entry.album,
        by=entry.by,
    ).payload()
