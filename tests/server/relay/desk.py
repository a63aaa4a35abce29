# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk of relays with everything around it made up."""

from collections.abc import Callable
from dataclasses import dataclass, field

from common.errors import ErrorCode, ProtocolError
from control.relay_messages import Accuse, Parents, Relay, Relaying, Report
from data.station.seals import Verify
from server.relay.allowed import RelayPlan
from server.relay.believed import Believed
from server.relay.desk import RelayDesk
from server.relay.probe import Candidate, Outcome, Probe, Prober, Reached

STATION_ID = bytes(range(16))
WALL = 1_800_000_000
STREAM = 7


@dataclass
class FakeStation:
    """A station of 16,000 bytes a second."""

    sent: list[tuple[int, Parents]] = field(default_factory=list[tuple[int, Parents]])

    def send_parents(self, node: int, notice: Parents) -> None:
        self.sent.append((node, notice))

    def station_id(self) -> bytes:
        return STATION_ID

    def verify(self) -> Verify:
        return lambda _signature, _message: True

    def live(self) -> int:
        return 1000

    def rate(self) -> float:
        return 16_000.0


class FakeProber(Prober):
    """Dials nobody; the test says what would have been found."""

    def __init__(self) -> None:
        super().__init__(wall=lambda: WALL)
        self.probes: list[Probe] = []
        self.full = False

    @property
    def is_full(self) -> bool:
        return self.full

    def begin(self, candidate: Candidate, tell: Callable[[Outcome], None]) -> Probe:
        self.probes.append(Probe(candidate, tell))
        return self.probes[-1]


class Desk:
    """A desk, and time."""

    def __init__(self, allowed: RelayPlan) -> None:
        self.now = 100.0
        self.station = FakeStation()
        self.prober = FakeProber()
        self.soon: list[Callable[[], None]] = []
        self.answers: dict[int, Relaying | ProtocolError] = {}
        self.desk = RelayDesk(
            self.station,
            allowed,
            believed=Believed(),
            prober=self.prober,
            wall=lambda: WALL + self.now - 100.0,
            soon=self.soon.append,
            clock=lambda: self.now,
        )

    def tune(self, node: int, *, address: str = "10.0.0.1", relayed: bool = True) -> bool:
        return self.desk.tuned(node, stream=STREAM, address=address, relayed=relayed, now=self.now)

    def offer(self, node: int, *, children: int = 3, port: int = 4000) -> None:
        message = Relay(port, children, 0, key(node)) if port else Relay()
        self.desk.relay(
            node, message, lambda answer: self.answers.update({node: answer}), now=self.now
        )

    def reached(self, outcome: Outcome | None = None) -> None:
        self.prober.probes.pop(0).end(outcome or Reached(1e6))

    def relay(self, node: int) -> None:
        """Somebody who tunes in and is a relay."""
        self.tune(node, address=f"10.0.0.{node}")
        self.offer(node)
        self.reached()
        self.settle()

    def settle(self) -> dict[int, Parents]:
        """The PARENTS that are sent now."""
        self.station.sent.clear()
        while self.soon:
            self.soon.pop(0)()
        self.desk.tick(now=self.now)
        return dict(self.station.sent)

    def report(self, node: int, fed_by: int, *, stream: int = STREAM) -> None:
        self.desk.report(node, Report(stream, fed_by, 1, 5000), now=self.now)

    def accuse(self, node: int, accused: int, *, stream: int = STREAM) -> None:
        self.desk.accuse(node, Accuse(stream, accused, 1), now=self.now)

    def code(self, node: int) -> ErrorCode | int:
        answer = self.answers[node]
        assert isinstance(answer, ProtocolError)
        return answer.code


def key(node: int) -> bytes:
    return node.to_bytes(32, "big")
