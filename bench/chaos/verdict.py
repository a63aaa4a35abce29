# SPDX-License-Identifier: GPL-3.0-or-later
"""One client's life judged: its tape against the songs, its silences against what happened."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.chaos.account import Account
from bench.chaos.editions import Edition, Samples, Shelf
from bench.chaos.faults import HABITS, Kind, Target
from bench.chaos.mischief import Done
from bench.chaos.silences import SLACK, Cause, Silence, Span, silences
from bench.chaos.tape import Announced, Heard, Judge
from bench.songs import RATE
from client.backoff import AWAITED_WAIT

NOTICE: Final = 3.0  # seconds for the server to notice that a file has changed
ATTEMPT: Final = 13.0  # seconds for one that fails, and for the next one to bring sound
UNNOTICED: Final = 9.0  # seconds until a client notices that nothing comes any more
LATE: Final = 1.0  # seconds for a process that stood still to be in time again
PAUSE: Final = "the listener paused"
MACHINE: Final = "the machine let this program wait"

# What may silence clients. Neither a flood nor a file may.
SILENCING: Final = frozenset(
    {
        *(Kind.CLIENT_STOP, Kind.SERVER_STOP, Kind.SERVER_KILL, Kind.SERVER_END),
        *(Kind.RESET, Kind.CUT, Kind.BURST, Kind.MOVE),
    }
)


@dataclass(slots=True)
class Life:
    """What came of one client.

    Attributes:
        death: how it ended, where nobody wanted it to.
        broken: songs that, as the client said, did not have the bytes that were announced.
    """

    client: int
    heard: Heard = field(default_factory=Heard)
    silences: list[Silence] = field(default_factory=list[Silence])
    leaked: Counter[str] = field(default_factory=Counter[str])
    death: str | None = None
    turned_away: bool = False
    peak_kib: int = 0
    counts: Counter[str] = field(default_factory=Counter[str])
    broken: int = 0
    plays: int = 0
    seconds: float = 0.0

    @property
    def worst(self) -> float:
        """Seconds of its longest silence that nothing explains."""
        return max((silence.unexplained for silence in self.silences), default=0.0)


def judge(
    tape: Samples,
    account: Account,
    *,
    began: float,
    shelf: Shelf,
    known: Sequence[Edition],
    causes: Sequence[Sequence[Cause]],
) -> tuple[Heard, list[Silence]]:
    """What is on the tape of a client that began then, and where it is silent."""
    titles = {edition.title for edition in known}

    def allowed(song: Announced) -> list[Edition]:
        if song.title not in titles:
            return []
        return shelf.held(song.title, since=song.asked - NOTICE, until=song.at)

    # The tape begins with the first sound.
    origin = min(account.started.values(), default=began)
    heard = Judge(tape, account.announced, origin=origin, allowed=allowed, known=known).listen()
    return heard, silences(
        heard.pieces,
        origin=_origin(heard, account, origin),
        since=[song.at for song in account.announced],
        over=account.over,
        causes=causes,
    )


def _origin(heard: Heard, account: Account, guess: float) -> float:
    """When the tape began to run: lines are read late, but never early."""
    found = [guess]
    begun: set[int] = set()
    for piece in heard.pieces:
        started = account.started.get(account.announced[piece.announced].stream)
        if piece.announced not in begun and started is not None:
            found.append(started - piece.begin / RATE)
        begun.add(piece.announced)
    return min(found)


def causes_for(
    client: int, link: int, account: Account, done: Sequence[Done], hiccups: Sequence[Span]
) -> list[list[Cause]]:
    """What may have silenced a client on a link: its listener, a fault, the machine."""
    pauses = [Cause(span.begin, span.end, span.end + SLACK, 0.0, PAUSE) for span in account.pauses]
    machine = [
        # Who was behind by so much is in time again after as much, and no sooner.
        Cause(span.begin, span.end, 2 * span.end - span.begin, 0.0, MACHINE)
        for span in hiccups
    ]
    found: list[Cause] = []
    for happened in done:
        kind, target = happened.fault.kind, HABITS[happened.fault.kind].target
        mine = {Target.CLIENT: client, Target.LINK: link, Target.SERVER: 0}.get(target)
        if kind not in SILENCING or happened.fault.which != mine:
            continue
        over = float("inf") if happened.end is None else happened.end
        if happened.end is None:
            end = over
        elif kind is Kind.CLIENT_STOP:
            end = happened.end + LATE
        else:
            # A client that cannot connect waits as long again as it has tried, within bounds.
            lasted = happened.end - happened.begin
            if kind is Kind.MOVE:
                lasted = UNNOTICED
            end = happened.end + min(lasted, AWAITED_WAIT) + ATTEMPT
        held = 0.0 if kind is Kind.CLIENT_STOP else account.held(happened.begin)
        found.append(Cause(happened.begin, over, end, held, kind.value))
    return [pauses, found, machine]
