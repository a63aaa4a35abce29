# SPDX-License-Identifier: GPL-3.0-or-later
"""A station whose songs were cut and sealed by the rules, and a playbook that it sends to."""

from dataclasses import dataclass
from hashlib import sha256

from client import player_events
from client.effects import BeginSong
from client.settings import Settings
from client.trimmer import Cuts
from client.tuning.reports import SongHeard, SongOnAir
from client.tuning.requests import Tune as TuneIn
from common.ed25519 import signer
from common.errors import ErrorCode
from control.station_messages import Tune, Tuned
from data.frames import Fail
from data.station.ring import Cursor, Ring
from data.station.seals import link, sealed, song_start
from data.station.stretches import cut
from data.station_frames import Song
from tests.client.playbook import Playbook
from tests.client.served import recording

SETTINGS = Settings("radio.example", 8080, agent="test/1")
STATION_ID = bytes(range(1, 17))
KEY = signer(bytes(32))
STRETCH_FRAMES = 19  # of 1152 samples at 44.1 kHz: 496 ms
STRETCH = 19 * 1152 / 44100  # seconds
STRETCHES = 4  # of a song
BY = {2: "alice"}


@dataclass(frozen=True, slots=True)
class Made:
    """A song of the station."""

    song: Song
    offset: int  # station offset


class Studio:
    """A ring with some songs of four stretches each, one behind the other."""

    def __init__(
        self, songs: int = 6, *, first: int = 100_000, station_id: bytes = STATION_ID
    ) -> None:
        self.station_id = station_id
        self.ring = Ring(first, seconds=3600.0, most_bytes=1 << 26)
        self.songs: list[Made] = []
        self.offsets: list[int] = []  # of all stretches
        for number in range(1, songs + 1):
            self._air(number)

    def _air(self, number: int) -> None:
        track = recording(STRETCHES * STRETCH_FRAMES)
        song = Song(
            number=number,
            total=track.index.total,
            duration=track.index.duration_us // 1000,
            sample_rate=44100,
            channels=2,
            gapless=False,
            delay=0,
            padding=0,
            digest=sha256(track.audio).digest(),
            title=f"Song {number}",
            by=BY.get(number, ""),
        )
        at = self.ring.edge
        self.songs.append(Made(song, at))
        self.ring.append_song(at, song.payload())
        start = before = song_start(self.station_id, at, song.payload())
        for stretch in cut(track.index):
            audio, place = track.audio[stretch.begin : stretch.end], at + stretch.begin
            self.offsets.append(place)
            mine = link(before, place, audio)
            signature = KEY.sign(sealed(start, mine))
            self.ring.append_stretch(
                place, audio, before=before, signature=signature, seconds=STRETCH
            )
            before = mine

    def on_air(self, number: int) -> SongOnAir:
        """What the shell is told of this song."""
        song = self.songs[number - 1].song
        return SongOnAir(number, song.title, "", "", song.duration, song.by)

    def begins(self, number: int, *, stretch: int = 0) -> BeginSong:
        """What the player is told where it begins with this stretch of this song."""
        made = self.songs[number - 1]
        joins_at = self.offsets[(number - 1) * STRETCHES + stretch] - made.offset
        return BeginSong(number, Cuts(), made.song.total, joins_at)


class RadioBook(Playbook):
    """A client that a station's server talks to."""

    def skip(self) -> "RadioBook":
        """Do not look at what has happened so far."""
        super().skip()
        return self

    studio: Studio
    cursor: Cursor | None = None
    stream_number = 0

    def tune(self, station: str = "main", tag: int = 1) -> None:
        """The listener asks for a station."""
        self.ask(TuneIn(tag, station))

    def tuned(self, *, stretch: int = 0, behind: float = 6.0, deliver: bool = True) -> Tuned:
        """Accept the oldest TUNE, from this stretch of the station on."""
        request = self.answerable(Tune)
        tune = request.message
        assert isinstance(tune, Tune)
        offset = self.studio.offsets[stretch]
        self.cursor = self.studio.ring.begin(offset)
        self.stream_number = tune.stream
        tuned = Tuned(
            tune.stream, offset, int(behind * 1000), self.studio.station_id, KEY.public_key
        )
        self.control.answer(request.number, tuned)
        self._is_held = not deliver
        if deliver:
            self.deliver()
        return tuned

    def air(self, stretches: int = 1) -> None:
        """So many stretches arrive."""
        assert self.cursor is not None
        for _ in range(stretches):
            frames = self.cursor.next_frames(self.session, self.stream_number, 1)
            self.receive(b"".join(out.header + out.payload for out in frames))

    def fails(self, code: ErrorCode) -> None:
        """The server ends the stream."""
        assert self.cursor is not None
        fail = Fail(self.session, self.stream_number, self.cursor.next, code)
        self.receive(fail.encode())

    def listens(self, *, stretch: int = 0, behind: float = 6.0, stretches: int = 3) -> "RadioBook":
        """A station is tuned in, and its first sound is heard."""
        self.tune()
        self.tuned(stretch=stretch, behind=behind)
        self.air(stretches)
        number = self.number
        self.player(player_events.Started(number, self.now))
        song = self.studio.songs[stretch // STRETCHES].song.number
        self.player(player_events.SongHeard(number, song, self.now))
        assert self.reports(SongHeard) == [SongHeard(number, "main", self.studio.on_air(song))]
        self.skip()
        return self

    @property
    def number(self) -> int:
        """By which the player knows the station."""
        return self.client.snapshot(now=self.now).song

    def holds(self, seconds: float, size: int = 0) -> None:
        """So much sound waits for the decoder."""
        self.client.holds(self.number, seconds, size)

    def runs_dry(self) -> None:
        """Everything was played, and the sink is silent."""
        number = self.number
        self.holds(0.0)
        self.hear(lambda now: self.client.ran_dry(number, now=now))
        self.player(player_events.Starved(number))


def radio(studio: Studio | None = None) -> RadioBook:
    """A client with both connections, and a station."""
    book = RadioBook(SETTINGS)
    book.studio = studio or Studio()
    book.connect()
    return book
