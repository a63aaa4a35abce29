# SPDX-License-Identifier: GPL-3.0-or-later
"""What a load process is told, and what it tells: two flat dataclasses that travel as JSON."""

import json
from dataclasses import asdict, dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class Order:
    """Listeners of one kind.

    Attributes:
        kind: "antiphon" or "http".
        port: of the server on 127.0.0.1; for "antiphon" its control port.
        listeners: how many.
        rate: bytes a second of sound; 0 for listeners who only stay and say PING.
        period: seconds of sound in a grant; "antiphon" only.
        lead: bytes that a listener holds before it plays, and still holds when it grants more.
        first: bytes that PLAY grants; "antiphon" only.
        ramp: seconds over which the listeners begin; 0 for all at once.
        paths: for "http", what they ask for in turn; for "antiphon", the number of tracks counts.
    """

    kind: str
    port: int
    listeners: int
    rate: float
    period: float
    lead: int
    first: int
    ramp: float
    paths: tuple[str, ...]

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Self:
        """What `to_json` gave."""
        fields = json.loads(line)
        fields["paths"] = tuple(fields["paths"])
        return cls(**fields)


@dataclass(slots=True)
class Seen:
    """What the listeners of one process have seen.

    Attributes:
        begun: listeners to whom sound (to idle ones: the session) has come.
        spread_ms: from the first listener's first connect to the last one's.
        sound_bytes: frame headers and HTTP left out.
        late_bytes: as `bench.scale.ledger` defines it.
        first_ms: of each listener, from its first connect to its first byte of sound.
        top_up_ms: from CREDIT to the last byte that it grants.
        late_top_ups: not complete when the next was due.
        lag_ms: of the process itself: how long the slowest 1 % of its turns kept it from its
            sockets, at least.
        worst_lag_ms: the longest turn.
        errors: what each one says that went wrong.
    """

    begun: int = 0
    spread_ms: float = 0.0
    sound_bytes: int = 0
    late_bytes: int = 0
    first_ms: list[float] = field(default_factory=list[float])
    top_up_ms: list[float] = field(default_factory=list[float])
    late_top_ups: int = 0
    lag_ms: float = 0.0
    worst_lag_ms: float = 0.0
    errors: list[str] = field(default_factory=list[str])

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Self:
        """What `to_json` gave."""
        return cls(**json.loads(line))


def together(seen: list[Seen]) -> Seen:
    """What several processes have seen, as one."""
    return Seen(
        begun=sum(one.begun for one in seen),
        spread_ms=max((one.spread_ms for one in seen), default=0.0),
        sound_bytes=sum(one.sound_bytes for one in seen),
        late_bytes=sum(one.late_bytes for one in seen),
        first_ms=[ms for one in seen for ms in one.first_ms],
        top_up_ms=[ms for one in seen for ms in one.top_up_ms],
        late_top_ups=sum(one.late_top_ups for one in seen),
        lag_ms=max((one.lag_ms for one in seen), default=0.0),
        worst_lag_ms=max((one.worst_lag_ms for one in seen), default=0.0),
        errors=[error for one in seen for error in one.errors],
    )
