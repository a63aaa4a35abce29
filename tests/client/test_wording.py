# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads for each event."""

from dataclasses import replace

import pytest

from client.answers import (
    CommandFailed,
    Did,
    Event,
    Help,
    Matches,
    Page,
    Playing,
    StatusShown,
    Tracks,
)
from client.language import COMMANDS, Row, find
from client.render import UNICODE
from client.reports import (
    Activity,
    Connected,
    Continued,
    Disconnected,
    Finished,
    LinkBack,
    LinkLost,
    Notice,
    SongFailed,
    Stalled,
    Started,
    Status,
)
from client.wording import is_trouble, lines
from tests.client.fake_engine import TRACKS
from tests.client.tuning import examples

STATUS = Status(
    Activity.PLAYING,
    linked=True,
    track=TRACKS[0],
    position=20.0,
    buffered_to=40.0,
    duration=83.0,
    rate=16_000.0,
    stalls=1,
)
WAITING = replace(
    STATUS,
    activity=Activity.BUFFERING,
    position=0.0,
    buffered_to=4.2,
    rate=20_000.0,
    stalls=0,
)
SCANNING = "The server is still looking through its folder; there may be more soon."
EXAMPLES: list[tuple[Event, list[str], bool]] = [
    (
        Page(TRACKS[:1]),
        ["1\tFür Elise\tLudwig van Beethoven\tBagatelles\t1:23"],
        False,
    ),
    (
        Tracks("", 3, 3, more=False, scanning=False, tracks=TRACKS[:2]),
        [
            "1\tFür Elise\tLudwig van Beethoven\tBagatelles\t1:23",
            "2\tGymnopédie No. 1\tErik Satie\tGymnopédies\t3:45",
        ],
        False,
    ),
    (
        Tracks("", 300, 101, more=True, scanning=True, tracks=TRACKS[:1]),
        [
            "1\tFür Elise\tLudwig van Beethoven\tBagatelles\t1:23",
            "101 of 300 tracks; `more` goes on, `list TEXT` searches.",
            SCANNING,
        ],
        False,
    ),
    (
        Tracks("", 0, 0, more=False, scanning=False, tracks=()),
        ["There are no tracks on this server."],
        False,
    ),
    (
        Tracks("", 0, 0, more=False, scanning=False, tracks=(), of_station=True),
        ["There are no songs to ask for."],
        False,
    ),
    (
        Tracks("x\x07", 0, 0, more=False, scanning=True, tracks=()),
        ["No track matches “x\ufffd”.", SCANNING],
        False,
    ),
    (
        Matches("satie", 2, TRACKS[1:]),
        [
            "2 tracks match “satie”; `play NUMBER` plays one:",
            "2\tGymnopédie No. 1\tErik Satie\tGymnopédies\t3:45",
            "3\tGymnopédie No. 2\tErik Satie\tGymnopédies\t1:02:03",
        ],
        True,
    ),
    (
        Matches("e", 12, TRACKS[:1]),
        [
            "12 tracks match “e” (the first 1 are shown); `play NUMBER` plays one:",
            "1\tFür Elise\tLudwig van Beethoven\tBagatelles\t1:23",
        ],
        True,
    ),
    (
        Playing(1, TRACKS[0], 0, sought=False),
        ["1: Für Elise by Ludwig van Beethoven (1:23)"],
        False,
    ),
    (Playing(1, TRACKS[0], 61_000, sought=True), ["On from 1:01."], False),
    (
        Playing(1, TRACKS[0], 61_000, sought=False),
        ["1: Für Elise by Ludwig van Beethoven (1:23), from 1:01"],
        False,
    ),
    (Did.STOPPED, ["Stopped."], False),
    (Did.PAUSED, ["Paused; `resume` goes on."], False),
    (Did.RESUMED, ["On again."], False),
    (Did.HURRIED, ["No more waiting: it plays what has arrived."], False),
    (
        StatusShown(STATUS),
        [
            "playing: 1: Für Elise by Ludwig van Beethoven",
            "0:20 / 1:23, arrived up to 0:40, 128 kbit/s, 1 stall",
        ],
        False,
    ),
    (
        StatusShown(replace(STATUS, stalls=0, rate=None, linked=False)),
        [
            "playing, link lost: 1: Für Elise by Ludwig van Beethoven",
            "0:20 / 1:23, arrived up to 0:40",
        ],
        False,
    ),
    (
        StatusShown(replace(WAITING, mark=12.0, wait=8.7)),
        [
            "buffering: 1: Für Elise by Ludwig van Beethoven",
            "0:00 / 1:23, arrived up to 0:04, 160 kbit/s",
            "It starts in about 9 s: 4.2 of 12 s of sound are at hand; `play --now` starts it",
            "now.",
        ],
        False,
    ),
    (
        StatusShown(replace(WAITING, stalls=2, mark=5.0, wait=None)),
        [
            "buffering: 1: Für Elise by Ludwig van Beethoven",
            "0:00 / 1:23, arrived up to 0:04, 160 kbit/s, 2 stalls",
            "It waits: 4.2 of 5.0 s of sound are at hand; `play --now` goes on now.",
        ],
        False,
    ),
    (StatusShown(Status(Activity.STOPPED, linked=True)), ["stopped"], False),
    (
        CommandFailed("NO_SUCH_TRACK", "There is no track 7."),
        ["There is no track 7. `list` shows what there is now."],
        True,
    ),
    (CommandFailed("", "No\x1b[2J."), ["No\ufffd[2J."], True),
    (Connected("h:1", resumed=False), ["Connected to h:1."], False),
    (Connected("h:1", resumed=True), ["Connected again to h:1."], False),
    (Started(1, 12.0), [], False),
    (Stalled(1), ["The sound waits for the network."], True),
    (Continued(1, 1234.0), ["The song goes on, after 1.2 s."], True),
    (Finished(1, intact=True), ["The song is over."], False),
    (Finished(1, intact=None), ["The song is over."], False),
    (
        Finished(1, intact=False),
        ["Some of what was heard is not what the server had announced; `play` gets the song anew."],
        True,
    ),
    (
        SongFailed(1, "UNREADABLE", "The file is gone."),
        ["The song ends here: The file is gone. `list` shows what else there is."],
        True,
    ),
    (LinkLost("It broke.", 0.5), ["Link lost: It broke. Trying again in 0.5 s."], True),
    (LinkLost("It broke.", 8.0), ["Link lost: It broke. Trying again in 8 s."], True),
    (LinkLost("It broke.", 0.0), ["Link lost: It broke. Trying again."], True),
    (LinkBack(), ["The link is back."], True),
    (Notice("No\nsound card."), ["No\ufffdsound card."], True),
    (Disconnected("The server is gone.", error=True), ["The server is gone."], True),
    (Disconnected("Goodbye.", error=False), [], True),
]


@pytest.mark.parametrize(("event", "said", "trouble"), [*EXAMPLES, *examples.SAID])
def test_what_is_said(event: Event, said: list[str], trouble: bool) -> None:
    assert lines(event, None, UNICODE) == said
    assert is_trouble(event) == trouble


def test_why_a_song_waits_fits_a_narrow_terminal() -> None:
    status = replace(WAITING, mark=12.0, wait=8.7)
    assert lines(StatusShown(status), 40, UNICODE)[2:] == [
        "It starts in about 9 s: 4.2 of 12 s of",
        "sound are at hand; `play --now` starts",
        "it now.",
    ]


def test_every_event_has_an_example_above() -> None:
    tried = {type(event) for event, _, _ in [*EXAMPLES, *examples.SAID]} | {Help}
    assert tried == set(Event.__args__)


def test_the_help_has_a_line_for_each_command_and_fits_80_columns() -> None:
    said = lines(Help(COMMANDS), None, UNICODE)
    for row in COMMANDS:
        assert any(line.startswith(row.usage) for line in said)
        for line in lines(Help((row,)), None, UNICODE):
            assert len(line) <= 80
    assert all(len(line) <= 80 for line in said)


@pytest.mark.parametrize("width", [30, 40, 60, 80, 200])
@pytest.mark.parametrize("rows", [COMMANDS, *((row,) for row in COMMANDS)])
def test_the_help_is_broken_between_words(rows: tuple[Row, ...], width: int) -> None:
    said = lines(Help(rows), width, UNICODE)
    assert all(len(line) <= min(width, 80) for line in said)
    unbroken = " ".join(lines(Help(rows), 80, UNICODE)).split()
    assert " ".join(said).split() == unbroken


def test_the_help_on_one_command_says_what_else_it_is_called() -> None:
    assert lines(Help((find("quit"),)), None, UNICODE) == [
        "quit (also: q, exit, bye)",
        "  stop and leave (also Ctrl-D)",
    ]
