# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists that do not end: a script shows what has come and then says that it stops."""

from itertools import count

from client.answers import CommandFailed, Page
from client.paging import MOST_LISTED, PAGE, SURPLUS, Paging
from client.reports import Listed, TrackLine
from client.requests import ListTracks
from client.turn import Turn


def track(number: int) -> TrackLine:
    return TrackLine(number, 1000, "T", "", "")


def read_on(total: int, size: int = PAGE, *, ends_at: int | None = None) -> tuple[int, Turn]:
    """Asks for a whole list; how many tracks were shown, and the turn that ended it."""
    paging = Paging(count(1).__next__, whole=True)
    turn, shown = paging.browse(""), 0
    while turn.ended is None:
        (request,) = turn.requests
        assert isinstance(request, ListTracks)
        tracks = tuple(track(request.after + number + 1) for number in range(size))
        more = ends_at is None or tracks[-1].track < ends_at
        found = paging.listed(Listed(request.tag, total, more, scanning=False, tracks=tracks))
        assert isinstance(found, Turn)
        turn = found
        shown += sum(len(event.tracks) for event in turn.events if isinstance(event, Page))
    return shown, turn


def test_a_list_that_goes_on_beyond_its_total_is_given_up() -> None:
    shown, turn = read_on(total=3)
    assert shown == SURPLUS + PAGE
    reason = (
        "The server announced 3 tracks and does not come to an end: only the first 1100 are shown."
    )
    assert turn.events[-1] == CommandFailed("", reason)
    assert (turn.requests, turn.ended) == ((), False)


def test_a_list_that_grows_while_it_is_read_is_shown_whole() -> None:
    _, turn = read_on(total=3, ends_at=SURPLUS)
    assert turn.ended is True


def test_the_longest_list_is_bounded_whatever_is_announced() -> None:
    shown, turn = read_on(total=2**32 - 1, size=10_000)
    assert shown == MOST_LISTED
    reason = "Only the first 1000000 tracks are shown; `list TEXT` makes it shorter."
    assert turn.events[-1] == CommandFailed("", reason)


def test_a_page_is_not_kept() -> None:
    paging = Paging(count(1).__next__, whole=True)
    paging.browse("")
    first = paging.listed(Listed(1, 300, more=True, scanning=False, tracks=(track(1), track(2))))
    assert isinstance(first, Turn)
    assert first.events == (Page((track(1), track(2))),)
    second = paging.listed(Listed(2, 300, more=True, scanning=False, tracks=(track(3),)))
    assert isinstance(second, Turn)
    assert second.events == (Page((track(3),)),)
