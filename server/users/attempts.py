# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the answer to a wrong password waits: the longer, the more of them there were lately.

Pure. Counted by address and by name, known or not, so that neither one guesser with many names nor
many guessers of one gets on faster. A right password is never delayed.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

FIRST_DELAY: Final = 0.5  # seconds from HELLO to LOGIN_FAILED, for the first failure
MOST_DELAY: Final = 8.0  # seconds; a client waits no less than ten
FORGET_AFTER: Final = 900.0  # seconds without another failure
MOST_KEPT: Final = 4096  # addresses, and as many names; then those that failed longest ago go


@dataclass(slots=True)
class _Failures:
    count: int = 0
    latest: float = 0.0


class Attempts:
    """The failures of late."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        """There were none; `most` bounds each of the two tables."""
        self._most = most
        # Both in the order of the latest failures.
        self._of_address: OrderedDict[str, _Failures] = OrderedDict()
        self._of_name: OrderedDict[str, _Failures] = OrderedDict()

    def __len__(self) -> int:
        return len(self._of_address) + len(self._of_name)

    def failed(self, address: str, name: str, *, now: float) -> float:
        """One more; how many seconds after HELLO it is to be answered."""
        of_address = self._count(self._of_address, address, now)
        of_name = self._count(self._of_name, name, now)
        # The exponent is bounded first: counts are not.
        return min(MOST_DELAY, FIRST_DELAY * (1 << min(max(of_address, of_name) - 1, 10)))

    def _count(self, table: OrderedDict[str, _Failures], key: str, now: float) -> int:
        failures = table.setdefault(key, _Failures())
        table.move_to_end(key)
        if now - failures.latest >= FORGET_AFTER:
            failures.count = 0
        failures.count += 1
        failures.latest = now
        while len(table) > self._most or _oldest(table) <= now - FORGET_AFTER:
            table.popitem(last=False)
        return failures.count


def _oldest(table: OrderedDict[str, _Failures]) -> float:
    return next(iter(table.values())).latest
