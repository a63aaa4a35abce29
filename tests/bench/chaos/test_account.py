# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client's lines say: songs and when they were over, pauses, and sound that was held."""

from typing import Any

from bench.chaos.account import Account
from bench.chaos.silences import Span


def playing(stream: int, title: str, start_ms: int = 0, *, sought: bool = False) -> dict[str, Any]:
    track = {"track": 1, "title": title, "artist": "", "album": "", "duration_ms": 60_000}
    return {
        "event": "playing",
        "stream": stream,
        "track": track,
        "start_ms": start_ms,
        "sought": sought,
    }


def status(position: float, buffered_to: float, activity: str = "playing") -> dict[str, Any]:
    return {
        "event": "status",
        "activity": activity,
        "track": None if activity == "stopped" else {"title": "Adagio"},
        "position_s": position,
        "buffered_to_s": buffered_to,
    }


def account(*lines: tuple[float, dict[str, Any]]) -> Account:
    made = Account()
    for at, fields in lines:
        made.add(fields, at)
    return made


def test_a_song_is_over_when_it_ends_fails_is_stopped_or_gives_way() -> None:
    made = account(
        (1, playing(1, "Adagio")),
        (3, playing(2, "Gigue", 500, sought=True)),
        (9, {"event": "finished", "stream": 2, "intact": None}),
        (10, playing(3, "Jig")),
        (12, {"event": "song_failed", "stream": 2, "code": ""}),  # of one that is past
        (13, {"event": "song_failed", "stream": 3, "code": "CHANGED"}),
        (14, playing(4, "Loure")),
        (15, {"event": "stopped"}),
        (16, playing(5, "Kyrie")),
    )
    made.end(20)
    made.end(21)
    assert made.over == [3, 9, 13, 15, 20]
    assert [song.title for song in made.announced] == ["Adagio", "Gigue", "Jig", "Loure", "Kyrie"]
    assert made.announced[1].start_ms == 500


def test_a_song_that_begins_while_the_client_leaves_is_over_at_once() -> None:
    made = account((1, playing(1, "Adagio")))
    made.end(3)
    made.add(playing(2, "Gigue"), 3.5)
    made.end(6)
    assert made.over == [3, 3.5]


def test_a_song_was_asked_for_when_the_command_was_given() -> None:
    made = Account()
    made.ask(1.0)
    made.ask(2.0)
    made.add({"event": "ended", "command": "list", "ok": True}, 3.0)
    made.add(playing(1, "Adagio"), 4.0)
    assert made.announced[0].asked == 2.0


def test_a_pause_ends_with_resume_another_song_or_stop_but_not_with_seek() -> None:
    made = account(
        (1, playing(1, "Adagio")),
        (2, {"event": "paused"}),
        (3, {"event": "paused"}),
        (4, playing(2, "Adagio", 9000, sought=True)),
        (5, {"event": "resumed"}),
        (6, {"event": "paused"}),
        (7, playing(3, "Gigue")),
        (8, {"event": "paused"}),
        (9, {"event": "stopped"}),
    )
    assert made.pauses == [Span(2, 5), Span(6, 7), Span(8, 9)]


def test_held_sound_runs_out_while_it_plays() -> None:
    made = account((1, playing(1, "Adagio")), (2, status(1, 11)))
    assert made.held(1.5) == 0
    assert made.held(2) == 10
    assert made.held(6) == 6
    assert made.held(60) == 0


def test_held_sound_stays_while_it_is_paused() -> None:
    made = account((1, playing(1, "Adagio")), (2, status(1, 11, "paused")))
    assert made.held(9) == 10


def test_of_the_song_before_nothing_is_held() -> None:
    made = account((1, playing(1, "Adagio")), (2, status(1, 11)), (3, playing(2, "Gigue")))
    assert made.held(4) == 0
    made.add(status(0, 0, "stopped"), 5)
    assert made.held(5) == 0


def test_lines_are_counted_and_trouble_by_what_it_is() -> None:
    made = account(
        (1, {"event": "stalled", "stream": 1}),
        (2, {"event": "stalled", "stream": 1}),
        (3, {"event": "started", "stream": 4}),
        (4, {"event": "failed", "code": "NO_SUCH_TRACK", "reason": "There is no track 6."}),
        (5, {"event": "failed", "code": "", "reason": "The song ends at 0:30."}),
        (6, {"event": "link_lost", "reason": "The server has fallen silent."}),
        (7, {"event": "finished", "stream": 4, "intact": True}),
        (8, {"event": "finished", "stream": 5, "intact": False}),
        (9, {"event": "disconnected", "reason": "The server has left.", "error": True}),
    )
    assert made.counts == {
        "stalled": 2,
        "started": 1,
        "failed: NO_SUCH_TRACK": 1,
        "failed: by the client": 1,
        "link_lost: The server has fallen silent.": 1,
        "finished": 1,
    }
    assert made.broken == 1
    assert made.farewell == "The server has left."
    assert made.started == {4: 3}
