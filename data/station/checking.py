# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the frames that one source of a station sends: their order, and each stretch's seal.

Nothing is believed before it is sealed: a SONG is not told, and a stretch is not given out, until
a signature of the station has proven both.
"""

from dataclasses import dataclass

from common.constants import MAX_STRETCH
from common.errors import AntiphonError
from data.frames import Data
from data.station.seals import Verify, link, sealed, song_start
from data.station_frames import Seal, Song, SongFrame


class BrokenRule(AntiphonError):  # noqa: N818 what follows depends on who broke it
    """The source broke the rule that the text names."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A stretch whose seal has passed."""

    song: Song
    song_offset: int  # station offset at which the song begins
    start: bytes  # of the song's chain
    offset: int  # station offset
    audio: bytes
    before: bytes
    link: bytes
    signature: bytes

    @property
    def end(self) -> int:
        """The station offset behind it."""
        return self.offset + len(self.audio)

    @property
    def ends_song(self) -> bool:
        """Whether it is the last one of its song."""
        return self.end == self.song_offset + self.song.total


@dataclass(frozen=True, slots=True)
class _Claim:
    """A SONG, true or not."""

    song: Song
    offset: int
    start: bytes

    @property
    def end(self) -> int:
        """No byte of the song lies here or beyond."""
        return self.offset + self.song.total


class Checking:
    """One source from where it begins (RFC.md, "Frames" and "Seals")."""

    def __init__(self, station_id: bytes, verify: Verify, offset: int) -> None:
        """The source's first stretch is to be at `offset`."""
        self._station_id, self._verify = station_id, verify
        self._position = offset
        self._song: _Claim | None = None
        self._link: bytes | None = None  # of the stretch before, where this source has sent it
        self._audio = bytearray()  # of a stretch that waits for its SEAL

    @property
    def position(self) -> int:
        """The station offset of the stretch that comes next, or of the one that is coming."""
        return self._position

    def receive(self, frame: SongFrame | Data | Seal) -> Proven | None:
        """Take a frame, or a piece of DATA; gives the stretch that is complete and proven by it.

        Raises BrokenRule, after which the source is not to be listened to.
        """
        match frame:
            case SongFrame():
                self._receive_song(frame)
            case Data():
                self._receive_data(frame)
            case Seal():
                return self._receive_seal(frame)
        return None

    def abandon(self) -> None:
        """Forget a stretch whose SEAL will not come."""
        self._audio.clear()

    def _receive_song(self, frame: SongFrame) -> None:
        _check(not self._audio, "a SONG between DATA and SEAL")
        first = self._song is None
        fits = frame.offset <= self._position if first else frame.offset == self._position
        _check(fits, f"a SONG at {frame.offset} where the stream is at {self._position}")
        start = song_start(self._station_id, frame.offset, frame.song.payload())
        self._song = _Claim(frame.song, frame.offset, start)

    def _receive_data(self, frame: Data) -> None:
        if self._song is None:
            raise BrokenRule("DATA before SONG")
        _check(frame.begins == (not self._audio), "a DATA whose predecessor has no SEAL")
        stands = self._position + len(self._audio)
        _check(frame.offset == stands, f"DATA at {frame.offset}, not {stands}")
        end = stands + len(frame.audio)
        _check(end <= self._song.end, "DATA beyond the end of the song")
        # So that nobody makes us hold more than that unproven.
        _check(end <= self._position + MAX_STRETCH, f"a stretch of more than {MAX_STRETCH} bytes")
        self._audio += frame.audio

    def _receive_seal(self, frame: Seal) -> Proven:
        if self._song is None or not self._audio:
            raise BrokenRule("a SEAL without DATA")
        end = self._position + len(self._audio)
        _check(frame.offset == end, f"a SEAL at {frame.offset}, not {end}")
        proven = self._prove(self._song, bytes(self._audio), frame)
        self._audio.clear()
        self._position, self._link = end, proven.link
        return proven

    def _prove(self, song: _Claim, audio: bytes, seal: Seal) -> Proven:
        offset = self._position
        before = song.start if offset == song.offset else self._link
        # "Where it has that": who begins within a song has the signature alone, which covers it.
        if before is not None:
            _check(seal.before == before, "a seal that is chained to another stretch")
        mine = link(seal.before, offset, audio)
        genuine = self._verify(seal.signature, sealed(song.start, mine))
        _check(genuine, "a seal that is not the station's")
        return Proven(
            song=song.song,
            song_offset=song.offset,
            start=song.start,
            offset=offset,
            audio=audio,
            before=seal.before,
            link=mine,
            signature=seal.signature,
        )


class Rejoining:
    """The server after others were listened to (RFC.md, "Reporting").

    What it had sent before it knew may still come, and may or may not fit; then comes SONG and the
    stretch at the Offset of REPORT. The former may end anywhere between two frames.
    """

    def __init__(self, checking: Checking) -> None:
        """`checking` is to begin at the Offset of REPORT."""
        self._checking = checking
        self._song: SongFrame | None = None  # the latest one, until the stretch has come
        self._found = False
        self._dropping = True  # the rest of a DATA whose front was not heard

    @property
    def position(self) -> int:
        """As that of Checking."""
        return self._checking.position

    def receive(self, frame: SongFrame | Data | Seal) -> Proven | None:
        """As that of Checking, but for what is dropped."""
        match frame:
            case SongFrame() if not self._found:
                self._song = frame
                return None
            case SongFrame():
                self._checking.abandon()
                if frame.offset < self.position:
                    return None
            case Data():
                if frame.begins:
                    self._dropping = not self._fits(frame.offset)
                if self._dropping:
                    return None
            case Seal() if self._dropping:
                return None
            case Seal():
                pass
        return self._checking.receive(frame)

    def _fits(self, offset: int) -> bool:
        if self._found:
            return offset >= self.position
        if self._song is None or offset != self.position:
            return False
        self._found = True
        self._checking.receive(self._song)
        return True


def _check(holds: object, rule: str) -> None:
    if not holds:
        raise BrokenRule(rule)
