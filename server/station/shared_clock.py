# SPDX-License-Identifier: GPL-3.0-or-later
"""The time that several servers agree on: one machine's clock, followed from afar without jumps."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

SLEW: Final = 20  # a clock that is wrong by 1 µs is put right over so many
STEP_US: Final = 10_000_000  # whoever is further off was set; following slowly would take hours


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One question after the time: when it was sent and answered here, and the answer, in µs."""

    sent_us: int
    received_us: int
    remote_us: int

    @property
    def lasted_us(self) -> int:
        """The answer is right to half of this."""
        return self.received_us - self.sent_us

    @property
    def offset_us(self) -> int:
        """What has to be added to the time here."""
        return self.remote_us - (self.sent_us + self.received_us) // 2


class SharedClock:
    """Unix µs that follow another machine's; the time here is any that is never set."""

    def __init__(self, offset_us: int) -> None:
        """Until anything is learnt, the time is that of here plus `offset_us`."""
        self._from_us = offset_us
        self._to_us = offset_us
        self._since_us = 0
        self._knows = False

    def now_us(self, local_us: int) -> int:
        """The shared time; never goes back, but where the other clock was set by over STEP_US."""
        return local_us + self._offset_us(local_us)

    def learn(self, trips: Iterable[RoundTrip], local_us: int) -> bool:
        """Follow the quickest of some round trips; whether the time has jumped because of it."""
        offset_us = min(trips, key=lambda trip: trip.lasted_us).offset_us
        here_us = self._offset_us(local_us)
        is_first, self._knows = not self._knows, True
        jumps = is_first or abs(offset_us - here_us) > STEP_US
        self._from_us = offset_us if jumps else here_us
        self._to_us = offset_us
        self._since_us = local_us
        return jumps and not is_first

    def _offset_us(self, local_us: int) -> int:
        most = max(0, local_us - self._since_us) // SLEW
        return self._from_us + min(most, max(-most, self._to_us - self._from_us))
