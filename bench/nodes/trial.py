# SPDX-License-Identifier: GPL-3.0-or-later
"""One node ends, in one way or another, while listeners of both are in their songs."""

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from bench.chaos.editions import Samples
from bench.chaos.hiccups import Hiccups
from bench.chaos.tape import in_common
from bench.links.programs import ProgramError
from bench.nodes.listener import Listener
from bench.nodes.site import Site
from bench.station.heard import hear
from bench.station.sound import Aircheck, Aired, Recordings
from bench.station.tape import read_parts

READ_AHEAD: Final = 15.0  # seconds of sound that a listener of a song holds
SETTLE: Final = 8.0  # seconds of sound before the node ends, until as much is held
PATIENCE: Final = 60.0  # seconds for sound to come; a net, never a measure
SONG: Final = 150.0  # seconds for a song to come to its end, with all that may hold it up
STATION: Final = 30.0  # seconds behind the end of the node for which the station is listened to
LOOK: Final = 0.05  # seconds between two looks
VICTIM: Final = 0
SILENCE: Final = 0.25  # seconds that count: a busy machine keeps a player waiting for shorter ones


@dataclass(frozen=True, slots=True)
class Way:
    """How the node ends."""

    name: str
    ends: Callable[[Site], None]
    tls: bool = False


def _kill(site: Site) -> None:
    site.nodes[VICTIM].send(signal.SIGKILL)


def _drain(site: Site) -> None:
    site.nodes[VICTIM].send(signal.SIGTERM)


def _cut(site: Site) -> None:
    site.cut(VICTIM)


WAYS: Final = (
    Way("killed", _kill),
    Way("drained", _drain),
    Way("cut off", _cut),
    Way("killed, over TLS", _kill, tls=True),
)


@dataclass(slots=True)
class Found:
    """What a trial has shown.

    Attributes:
        songs: listeners that played a song, and how many of them were on the node that ended.
        whole: of them, whose tape has the song's every sample, in its place, and nothing else.
        station: listeners of the station, and how many of them were on that node.
        continuous: of them, who heard the station without a jump, and nothing else.
        compared: seconds of sound that were found where they belong.
        silences: seconds of each silence that those met who were on that node.
        elsewhere: of each that the others met, who had nothing to do with it.
        hiccup: seconds of the longest time for which the machine let everybody wait.
        back: seconds from the end of the node until a listener's link was there again.
        troubles: what was wrong, in sentences.
    """

    way: str
    songs: int = 0
    songs_moved: int = 0
    whole: int = 0
    station: int = 0
    station_moved: int = 0
    continuous: int = 0
    compared: float = 0.0
    silences: list[float] = field(default_factory=list[float])
    elsewhere: list[float] = field(default_factory=list[float])
    hiccup: float = 0.0
    back: list[float] = field(default_factory=list[float])
    troubles: list[str] = field(default_factory=list[str])

    @property
    def is_good(self) -> bool:
        """Whether some were on that node, and nobody heard anything of it."""
        moved = self.songs_moved and (self.station_moved or not self.station)
        allowed = max([SILENCE, self.hiccup, *self.elsewhere])
        return bool(moved) and not self.troubles and max(self.silences, default=0.0) <= allowed

    def row(self) -> tuple[str, ...]:
        """What the table says of it, in the order of HEADER."""
        back = f"{median(self.back):.2f} / {max(self.back):.2f} s" if self.back else "-"
        return (
            self.way,
            f"{self.whole} of {self.songs}",
            str(self.songs_moved),
            f"{self.continuous} of {self.station}",
            str(self.station_moved),
            f"{max(self.silences, default=0.0):.2f} s",
            f"{max(self.elsewhere, default=0.0):.2f} s",
            back,
        )


HEADER: Final = (
    *("node one", "songs whole", "moved", "station whole", "moved"),
    *("silent, at most", "the others", "back after (median / most)"),
)


def perform(
    way: Way,
    work: Path,
    titles: Mapping[str, Path],
    *,
    songs: int,
    station: int,
    seed: int,
) -> Found:
    """`songs` and `station`: how many listen to what. Raises LinkError and ProgramError."""
    found = Found(way.name, songs=songs, station=station)
    names = [list(titles)[number % len(titles)] for number in range(songs)]
    with ExitStack() as holding:
        music = next(iter(titles.values())).parent
        site = holding.enter_context(Site(work, music, seed=seed, tls=way.tls))
        listeners: list[Listener] = []
        for number, song in enumerate([*names, *[None] * station], 1):
            listener = Listener(
                site.listener_prefix(),
                work / f"listener-{number}",
                number=number,
                song=song,
                server=site.server,
                options=("--read-ahead", f"{READ_AHEAD:g}", *site.trust),
            )
            holding.callback(listener.close)
            listeners.append(listener)
            # One after the other: so HAProxy sends every second one to the node that will end.
            _until_it_sounds(listener)
        time.sleep(SETTLE)
        hiccups = Hiccups()
        holding.callback(hiccups.close)
        at = time.monotonic()
        way.ends(site)
        for listener in listeners[:songs]:
            if listener.wait(max(0.0, at + SONG - time.monotonic())) != 0:
                found.troubles.append(f"{listener.name} did not come to the end of it")
        time.sleep(max(0.0, at + STATION - time.monotonic()))
        for listener in listeners[songs:]:
            listener.leave()
        found.hiccup = max((span.end - span.begin for span in hiccups.found), default=0.0)
    _judge(found, listeners, titles, Recordings(work / "sound"), at=at)
    return found


def _until_it_sounds(listener: Listener) -> None:
    deadline = time.monotonic() + PATIENCE
    while not listener.sounds:
        if time.monotonic() > deadline or listener.status is not None:
            raise ProgramError(f"{listener.name} hears nothing. {listener.troubles()}")
        time.sleep(LOOK)


def _judge(
    found: Found,
    listeners: Sequence[Listener],
    titles: Mapping[str, Path],
    sound: Recordings,
    *,
    at: float,
) -> None:
    aired = _aired(listeners, titles, sound)
    for listener in listeners:
        lost = [when for when in listener.of("link_lost") if when >= at]
        if lost:
            again = listener.of("link_back") + listener.of("connected")
            found.back += sorted(when - at for when in again if when > lost[0])[:1]
        if listener.song is not None:
            found.songs_moved += bool(lost)
            silences = _judge_song(found, listener, titles[listener.song], sound)
        else:
            found.station_moved += bool(lost)
            silences = _judge_station(found, listener, aired)
        (found.silences if lost else found.elsewhere).extend(silences)


def _judge_song(found: Found, listener: Listener, path: Path, sound: Recordings) -> list[float]:
    """The silences in it."""
    recording = sound.of(path)
    wanted = recording.heard()
    part = read_parts(listener.tape).get(1)
    tape = wanted[:0] if part is None else part.samples
    place, silences = follow(tape, wanted)
    found.compared += place / recording.rate
    if place == len(wanted):
        found.whole += 1
    else:
        found.troubles.append(
            f"{listener.name} heard something else behind {place} of {len(wanted)} samples of the"
            f" song. {listener.troubles()}".strip()
        )
    return [samples / recording.rate for samples in silences]


def follow(tape: Samples, wanted: Samples) -> tuple[int, list[int]]:
    """How many samples are on the tape as wanted, and the silences of the tape's own in between.

    A tape that goes on otherwise ends it. What is behind the last one counts for nothing if it is
    silence.
    """
    at = place = 0
    silences: list[int] = []
    while True:
        same = in_common(tape[at:], wanted[place:])
        at, place = at + same, place + same
        sound = np.flatnonzero(tape[at:])
        if place == len(wanted):
            return (place, silences) if not len(sound) else (0, silences)
        if not len(sound) or not sound[0]:
            return place, silences
        silences.append(int(sound[0]))
        at += int(sound[0])


def _judge_station(found: Found, listener: Listener, aired: Aircheck) -> list[float]:
    """The silences in it."""
    heard = hear(listener.tape, aired)
    found.compared += heard.seconds
    found.continuous += not heard.wrong
    if heard.wrong:
        found.troubles += [f"{listener.name}: {sentence}" for sentence in heard.found]
    return list(heard.silences)


def _aired(
    listeners: Sequence[Listener], titles: Mapping[str, Path], sound: Recordings
) -> Aircheck:
    """What was on the air, as the listeners were told; what they heard is compared with it."""
    told = {
        event["song"]["number"]: event["song"]["title"]
        for listener in listeners
        for _, event in listener.events
        if event["event"] == "song"
    }
    return {number: Aired(number, sound.of(titles[title])) for number, title in told.items()}
