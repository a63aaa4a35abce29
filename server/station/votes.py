# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners who want another song: when they are more than half of all, the song is cut short."""

import enum
from dataclasses import dataclass, replace
from typing import Final

from server.station.airing import Cut, cut, is_on_air
from server.station.schedule import (
    MAX_CROWDS,
    MAX_VOTES,
    Crowd,
    Schedule,
    check_voter,
    entry_numbered,
)

# All servers of the station must have heard of a skip before any would send what is skipped.
SKIP_AHEAD_US: Final = 1_000_000
CROWD_LASTS_US: Final = 15_000_000  # a server that says nothing for so long has no listeners


class Outcome(enum.Enum):
    """What became of a vote."""

    COUNTED = enum.auto()  # not enough yet
    ALREADY = enum.auto()  # this voter's vote was counted before
    SKIPPED = enum.auto()  # the song ends early
    TOO_LATE = enum.auto()  # enough, but the song ends before it could be skipped
    NOT_ON_AIR = enum.auto()  # another song is heard, or none


@dataclass(frozen=True, slots=True)
class Boundary:
    """A place in a song where it can be cut.

    Attributes:
        until: the song's audio bytes before it.
        lasts_us: how long these are heard.
    """

    until: int
    lasts_us: int


@dataclass(frozen=True, slots=True)
class Tally:
    """The state of a vote: how many want another song, and how many would be enough."""

    outcome: Outcome
    votes: int = 0
    needed: int = 0


def vote(
    schedule: Schedule, voter: str, number: int, *, now_us: int, boundary: Boundary | None
) -> tuple[Schedule, Tally]:
    """Count a listener against the entry on air, and cut that at `boundary` when it is enough.

    Args:
        schedule: the state before.
        voter: a key of the listener, unique over all servers; at most MAX_VOTER bytes.
        number: of the entry that the listener wants to be over.
        now_us: the time.
        boundary: at least SKIP_AHEAD_US away and not sent by anybody; None where there is none.

    Raises:
        ValueError: `voter` is no key of a listener.
    """
    if not is_on_air(schedule, number, now_us):
        return schedule, Tally(Outcome.NOT_ON_AIR)
    votes = schedule.votes if schedule.votes_for == number else frozenset[str]()
    if voter in votes:
        settled, tally = settle(schedule, now_us=now_us, boundary=boundary)
        if tally.outcome is Outcome.COUNTED:
            tally = replace(tally, outcome=Outcome.ALREADY)
        return settled, tally
    check_voter(voter)
    if len(votes) < MAX_VOTES:
        votes |= {voter}
    counted = replace(schedule, votes_for=number, votes=votes)
    return settle(counted, now_us=now_us, boundary=boundary)


def settle(schedule: Schedule, *, now_us: int, boundary: Boundary | None) -> tuple[Schedule, Tally]:
    """Cut the entry on air if enough listeners want it; for when some of the others have left."""
    number = schedule.votes_for
    entry = entry_numbered(schedule, number)
    if entry is None or not is_on_air(schedule, number, now_us):
        return schedule, Tally(Outcome.NOT_ON_AIR)
    votes, enough = len(schedule.votes), needed(schedule, now_us)
    if entry.is_cut:
        return schedule, Tally(Outcome.SKIPPED, votes, enough)
    if votes < enough:
        return schedule, Tally(Outcome.COUNTED, votes, enough)
    if boundary is None or entry.begins_us + boundary.lasts_us < now_us + SKIP_AHEAD_US:
        return schedule, Tally(Outcome.TOO_LATE, votes, enough)
    shorter, outcome = cut(
        schedule, number, until=boundary.until, lasts_us=boundary.lasts_us, now_us=now_us
    )
    skipped = Outcome.SKIPPED if outcome is Cut.CUT else Outcome.TOO_LATE
    return shorter, Tally(skipped, votes, enough)


def unvote(schedule: Schedule, voter: str) -> tuple[Schedule, bool]:
    """A listener has left, or wants to hear the song after all; whether there was a vote."""
    if voter not in schedule.votes:
        return schedule, False
    votes = schedule.votes - {voter}
    return replace(schedule, votes=votes, votes_for=schedule.votes_for if votes else 0), True


def crowd(schedule: Schedule, server: str, listeners: int, *, now_us: int) -> tuple[Schedule, int]:
    """A server says how many listen there; the answer is how many listen in all.

    To be called at each change and twice in CROWD_LASTS_US: what is still good is not written.
    """
    current = [crowd for crowd in schedule.crowds if crowd.expires_us > now_us]
    others = [crowd for crowd in current if crowd.server != server]
    mine = Crowd(server=server, listeners=listeners, expires_us=now_us + CROWD_LASTS_US)
    known = next((crowd for crowd in current if crowd.server == server), None)
    if known and known.listeners == listeners:
        lasts_us = known.expires_us - now_us
        mine = known if lasts_us > CROWD_LASTS_US // 2 else mine
    if listeners:
        # Too many servers: those unheard of for the longest time make room.
        others.sort(key=lambda crowd: crowd.expires_us)
        others = [*others[-(MAX_CROWDS - 1) :], mine]
    crowds = tuple(sorted(others, key=lambda crowd: crowd.server))
    total = sum(crowd.listeners for crowd in crowds)
    return schedule if crowds == schedule.crowds else replace(schedule, crowds=crowds), total


def listeners(schedule: Schedule, now_us: int) -> int:
    """How many listen at all servers together."""
    return sum(crowd.listeners for crowd in schedule.crowds if crowd.expires_us > now_us)


def needed(schedule: Schedule, now_us: int) -> int:
    """How many votes are enough: more than half of the listeners."""
    return min(listeners(schedule, now_us) // 2 + 1, MAX_VOTES)
