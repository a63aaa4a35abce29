# SPDX-License-Identifier: GPL-3.0-or-later
"""One listener's view of a station: what was proven of what its sources send, each byte once.

A source is the server or another listener. `data.station.checking` checks one source's frames; here
the sources follow each other without a gap or a repetition in what is heard.
"""

from dataclasses import dataclass

from common.errors import MisuseError
from common.fields import malformed
from data.frames import Data
from data.station.checking import BrokenRule, Checking, Proven, Rejoining
from data.station.seals import Verify
from data.station_frames import SERVER_NODE, Seal, Song, SongFrame

# So much sound behind a gap may lack bits that lie in MPEG frames before it (RFC.md, "Frames").
_RESERVOIR = 2048  # bytes


@dataclass(frozen=True, slots=True)
class SongBegan:
    """What follows is of this song; its title is told when its first sound is heard."""

    song: Song
    offset: int  # station offset at which it begins; less than that of `Sound` where joined late


@dataclass(frozen=True, slots=True)
class Sound:
    """The next stretch, sealed: to be played, and to be passed on."""

    offset: int  # station offset
    audio: bytes
    song: Song
    song_offset: int  # station offset at which the song begins
    before: bytes  # of its SEAL
    signature: bytes  # of its SEAL
    primes: bool  # the decoder needs it, but what it makes of it is thrown away

    @property
    def begins_song(self) -> bool:
        """Whether its first byte is the song's."""
        return self.offset == self.song_offset


@dataclass(frozen=True, slots=True)
class SongEnded:
    """The song has no more sound; `whole` where it came to its Total and was not skipped."""

    song: Song
    whole: bool


@dataclass(frozen=True, slots=True)
class Forged:
    """This source sent what the station did not: leave it, accuse it. It is not heard again."""

    node: int
    offset: int  # station offset of the stretch
    text: str


Event = SongBegan | Sound | SongEnded | Forged


class StationReceiver:
    """A station's stream at a client or relay, from TUNED on (RFC.md, "Frames" and "Seals")."""

    def __init__(self, station_id: bytes, verify: Verify, offset: int) -> None:
        """The server sends from `offset` on, a stretch's; `verify` has the key of TUNED."""
        self._station_id, self._verify = station_id, verify
        self._next = offset
        self._last: Proven | None = None  # the newest one given out, where none is missing since
        self._song: Proven | None = None  # any stretch of the song that was told and has not ended
        self._primed = 0  # bytes since the last gap, as far as they matter
        self._node = SERVER_NODE
        self._source: Checking | Rejoining | None = self._from(offset)

    @property
    def next(self) -> int:
        """The first station offset that is not held."""
        return self._next

    @property
    def node(self) -> int:
        """Who is listened to: SERVER_NODE, or another listener."""
        return self._node

    def switch(self, node: int, offset: int) -> None:
        """Listen to this source from now on, whose first stretch is at `offset`.

        For another listener, that is the Offset of its BRANCH, and what is held already is left
        out. For the server it is `next`, as in REPORT, and what it sent before and does not fit is
        dropped. Raises MisuseError where sound would be missing in between: then, tune in anew.
        """
        if self._last is None:
            self._next = offset
        elif offset > self._next or (node == SERVER_NODE and offset != self._next):
            raise MisuseError(f"a source at {offset} where {self._next} is next")
        self._node = node
        checking = self._from(offset)
        self._source = Rejoining(checking) if node == SERVER_NODE else checking

    def tuned(self, offset: int) -> int:
        """The server answered another TUNE of the same station: it begins at `offset`.

        Returns how many bytes are missing in what is heard; with 0, it goes on as it was.
        """
        missing = max(0, offset - self._next)
        if missing or self._last is None:
            self._next, self._last, self._primed = offset, None, 0
        self._node, self._source = SERVER_NODE, self._from(offset)
        return missing

    def receive(self, node: int, frame: SongFrame | Data | Seal) -> list[Event]:
        """Take a frame, or a piece of DATA, that `node` has sent.

        What comes from others than the source is dropped. Raises ProtocolError(MALFORMED) where the
        server broke a rule; where another listener did, gives `Forged`.
        """
        source = self._source
        if source is None or node != self._node:
            return []
        try:
            proven = source.receive(frame)
            return [] if proven is None else self._heard(proven)
        except BrokenRule as broken:
            self._source = None
            if node == SERVER_NODE:
                raise malformed(str(broken)) from None
            return [Forged(node, source.position, str(broken))]

    def _from(self, offset: int) -> Checking:
        return Checking(self._station_id, self._verify, offset)

    def _heard(self, proven: Proven) -> list[Event]:
        if proven.end <= self._next:
            return []  # another source has sent it
        if self._last is not None:
            _check_follows(proven, self._last)
        self._last, self._next = proven, proven.end
        return [*self._song_began(proven), self._sound(proven), *self._song_ended(proven)]

    def _song_began(self, proven: Proven) -> list[Event]:
        told, self._song = self._song, proven
        if told is not None and told.song_offset == proven.song_offset:
            return []
        skipped = [] if told is None else [SongEnded(told.song, whole=False)]
        return [*skipped, SongBegan(proven.song, proven.song_offset)]

    def _song_ended(self, proven: Proven) -> list[Event]:
        if not proven.ends_song:
            return []
        self._song = None
        return [SongEnded(proven.song, whole=True)]

    def _sound(self, proven: Proven) -> Sound:
        # The first MPEG frame of a song needs none before it.
        if proven.offset == proven.song_offset:
            self._primed = _RESERVOIR
        primes = self._primed < _RESERVOIR
        self._primed = min(_RESERVOIR, self._primed + len(proven.audio))
        return Sound(
            offset=proven.offset,
            audio=proven.audio,
            song=proven.song,
            song_offset=proven.song_offset,
            before=proven.before,
            signature=proven.signature,
            primes=primes,
        )


def _check_follows(proven: Proven, last: Proven) -> None:
    """Raises BrokenRule where a source's chain is not the one that was heard so far.

    One source's own frames follow each other; this is for the first ones behind a switch.
    """
    if proven.offset != last.end:
        raise BrokenRule(f"a stretch from {proven.offset} on where one ends at {last.end}")
    begins_song = proven.offset == proven.song_offset
    if not begins_song and proven.before != last.link:
        raise BrokenRule("a seal that is chained to another stretch than the one heard before")
