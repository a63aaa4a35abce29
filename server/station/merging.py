# SPDX-License-Identifier: GPL-3.0-or-later
"""One schedule out of two that servers made of one while they could not reach each other."""

from dataclasses import replace

from server.station.schedule import MAX_CROWDS, MAX_QUEUE, MAX_VOTES, Crowd, Schedule, Wish


def merge(winner: Schedule, loser: Schedule) -> Schedule:
    """What is on air follows `winner`; wishes, votes and crowds of both count.

    A wish of the loser that the winner has played meanwhile is fulfilled. The version stays the
    winner's.
    """
    same_station = winner.station_id == loser.station_id
    votes = winner.votes
    if same_station and winner.votes_for and winner.votes_for == loser.votes_for:
        votes = frozenset(sorted(winner.votes | loser.votes)[:MAX_VOTES])
    return replace(winner, queue=_queue(winner, loser), votes=votes, crowds=_crowds(winner, loser))


def _queue(winner: Schedule, loser: Schedule) -> tuple[Wish, ...]:
    known_to_both = {(entry.number, entry.digest) for entry in loser.entries}
    settled = {
        entry.digest
        for entry in winner.entries
        if (entry.number, entry.digest) not in known_to_both
    }
    settled |= {wish.digest for wish in winner.queue}
    missing = (wish for wish in loser.queue if wish.digest not in settled)
    return (*winner.queue, *missing)[:MAX_QUEUE]


def _crowds(winner: Schedule, loser: Schedule) -> tuple[Crowd, ...]:
    newest = {crowd.server: crowd for crowd in winner.crowds}
    for crowd in loser.crowds:
        known = newest.get(crowd.server)
        if known is None or known.expires_us < crowd.expires_us:
            newest[crowd.server] = crowd
    kept = sorted(newest.values(), key=lambda crowd: crowd.expires_us)[-MAX_CROWDS:]
    return tuple(sorted(kept, key=lambda crowd: crowd.server))
