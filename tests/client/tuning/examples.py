# SPDX-License-Identifier: GPL-3.0-or-later
"""What the shell is asked and told about stations, and how it is said."""

from client.answers import Event, Matches, StatusShown, Tracks
from client.commands import Browse, Command
from client.reports import Activity, Status, TrackLine
from client.tuning.answers import SongRequested
from client.tuning.commands import (
    RequestNumber,
    RequestTitle,
    ShowNow,
    ShowRequests,
    ShowStations,
    TuneIn,
    VoteToSkip,
)
from client.tuning.reports import (
    Missed,
    OnAirNow,
    RequestLine,
    RequestsListed,
    SongHeard,
    SongOnAir,
    StationsListed,
    StationStatus,
    TunedIn,
    Voted,
)
from tests.client.fake_engine import STATIONS, TRACKS

SONG = SongOnAir(4, "Für Elise", "Ludwig van Beethoven", "Bagatelles", 83_000, "alice")
PLAIN = SongOnAir(5, "Silence", "", "", 1000, "")
LINES = (
    RequestLine(1, 3, 61_000, 83_000, "Für Elise", "Ludwig van Beethoven", "alice"),
    RequestLine(2, 0, 144_000, 1000, "Silence", "", ""),
)
STATUS = Status(
    Activity.PLAYING,
    linked=True,
    track=TrackLine(0, 83_000, "Für Elise", "Ludwig van Beethoven", "Bagatelles"),
    position=20.0,
    buffered_to=26.0,
    duration=83.0,
    station=StationStatus("main", SONG, behind=6.25, drift=12, feeder=0),
)

RIGHT: list[tuple[str, Command]] = [
    ("stations", ShowStations()),
    ("tune main", TuneIn("main")),
    ("t Late  Night", TuneIn("Late Night")),
    ('tune "main"', TuneIn("main")),
    ("tune", TuneIn("")),
    ("songs", Browse("", of_station=True)),
    ("songs für elise", Browse("für elise", of_station=True)),
    ("request 3", RequestNumber(3)),
    ("request Für Elise", RequestTitle("Für Elise")),
    ('request "1812"', RequestTitle("1812")),
    ("requests", ShowRequests(1)),
    ("requests 21", ShowRequests(21)),
    ("now", ShowNow()),
    ("skip", VoteToSkip()),
]
WRONG: list[tuple[str, str]] = [
    ("stations now", "`stations` stands alone; it cannot take “now”."),
    ("tune " + "ü" * 33, "No station has a name of more than 64 bytes."),
    ("tune a\x07", "There is a control character in the name; please type it without."),
    ("request", "Say what to request: `request 3` or `request TITLE`."),
    ('request ""', "There is no title between the quotes. Try `request TITLE`."),
    ("request 0", "There is no track 0; `songs` shows the numbers."),
    ("requests x", "“x” is no place in the list; write `requests` or `requests 21`."),
    ("requests 0", "“0” is no place in the list; write `requests` or `requests 21`."),
    ("requests 65536", "“65536” is no place in the list; write `requests` or `requests 21`."),
    ("req", "“req” could be `request` or `requests`; a letter more will do."),
]
SAID: list[tuple[Event, list[str], bool]] = [
    (
        Tracks("", 300, 1, more=True, scanning=False, tracks=TRACKS[:1], of_station=True),
        [
            "1\tFür Elise\tLudwig van Beethoven\tBagatelles\t1:23",
            "1 of 300 tracks; `more` goes on, `songs TEXT` searches.",
        ],
        False,
    ),
    (
        Matches("e", 2, TRACKS[:1], for_request=True),
        [
            "2 tracks match “e” (the first 1 are shown); `request NUMBER` asks for one:",
            "1\tFür Elise\tLudwig van Beethoven\tBagatelles\t1:23",
        ],
        True,
    ),
    (
        StationsListed(1, STATIONS),
        ["jazz\t0\t", "main\t3\tFür Elise by Ludwig van Beethoven"],
        False,
    ),
    (StationsListed(1, ()), ["This server has no stations."], False),
    (TunedIn(1, 3, "ma\x07in", 6000), ["Tuned in to ma\ufffdin."], False),
    (
        SongHeard(3, "main", SONG),
        ["Now on main: Für Elise by Ludwig van Beethoven (requested by alice)"],
        False,
    ),
    (SongHeard(3, "main", PLAIN), ["Now on main: Silence"], False),
    (Missed(3, "main", 12_400), ["Missed 12 s of main; it goes on near the live edge."], True),
    (Missed(3, "main", 200), ["Missed 1 s of main; it goes on near the live edge."], True),
    (Missed(3, "main", 125_000), ["Missed 2:05 of main; it goes on near the live edge."], True),
    (Missed(3, "main", None), ["main has begun anew; it goes on with what it plays now."], True),
    (
        SongRequested(TRACKS[0], 1, 250_000, already=False),
        ["Requested: Für Elise by Ludwig van Beethoven plays next, in about 4:10."],
        False,
    ),
    (
        SongRequested(TRACKS[0], 3, 250_000, already=False),
        ["Requested: Für Elise by Ludwig van Beethoven plays as number 3, in about 4:10."],
        False,
    ),
    (
        SongRequested(TRACKS[0], 2, 61_000, already=True),
        [
            (
                "It is already in the list, as number 2: Für Elise by Ludwig van Beethoven plays in"
                " about 1:01."
            ),
        ],
        False,
    ),
    (
        RequestsListed(1, "main", 2, LINES),
        [
            "1\tFür Elise by Ludwig van Beethoven\t1:23\tin 1:01\tfor alice",
            "2\tSilence\t0:01\tin 2:24\t",
        ],
        False,
    ),
    (
        RequestsListed(1, "main", 5, LINES[:1]),
        [
            "1\tFür Elise by Ludwig van Beethoven\t1:23\tin 1:01\tfor alice",
            "4 more songs wait; `requests 2` shows them.",
        ],
        False,
    ),
    (
        RequestsListed(1, "main", 0, ()),
        ["Nobody has requested a song on main; `request` does."],
        False,
    ),
    (RequestsListed(1, "main", 5, ()), ["Only 5 songs are in the list."], False),
    (
        OnAirNow(1, "main", 3, 31_000, 1, 0, 1, PLAIN),
        ["On the air on main: Silence, 0:31 of 0:01.", "1 listener."],
        False,
    ),
    (
        OnAirNow(1, "main", 3, 31_000, 3, 1, 2, SONG),
        [
            (
                "On the air on main: Für Elise by Ludwig van Beethoven (requested by alice), 0:31"
                " of 1:23."
            ),
            "3 listeners; 1 of 2 votes to skip it.",
        ],
        False,
    ),
    (Voted(1, True, 2, 2, 6250), ["Skipped: the next song is heard in about 6 s."], False),
    (Voted(1, True, 2, 2, 900), ["Skipped: the next song is heard in a moment."], False),
    (Voted(1, False, 1, 2, 0), ["1 of 2 votes: 1 more skips the song."], False),
    (Voted(1, False, 1, 4, 0), ["1 of 4 votes: 3 more skip the song."], False),
    (Voted(1, False, 0, 2, 0), ["The song that you hear is over on the air already."], False),
    (
        StatusShown(STATUS),
        [
            "playing: Für Elise by Ludwig van Beethoven, on main",
            "0:20 / 1:23, arrived up to 0:26",
            "6.2 s behind live, drift +12 ppm, fed by the server",
        ],
        False,
    ),
    (
        StatusShown(Status(Activity.BUFFERING, linked=True, station=StationStatus("main"))),
        [
            "buffering: main",
            "Nothing of it has come yet; `now` says whether it has a song to play.",
        ],
        False,
    ),
    (
        StatusShown(
            Status(Activity.BUFFERING, linked=True, received=4096, station=StationStatus("main")),
        ),
        ["buffering: main"],
        False,
    ),
    (
        StatusShown(Status(Activity.BUFFERING, linked=False, station=StationStatus("main"))),
        ["buffering, link lost: main"],
        False,
    ),
]
