# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deployment costs, from a table with a date: a plan's estimate, never a bill."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

AS_OF: Final = "2026-11-21"
SOURCE: Final = (
    f"Amazon's on-demand list prices for us-east-1 in US dollars without tax, as known on {AS_OF};"
    " other regions cost up to twice that, and aws.amazon.com/ec2/pricing has today's"
)

HOURS_A_MONTH: Final = 730
ADDRESS: Final = 0.005  # dollars an hour for a public IPv4 address
DISK: Final = 0.08 / HOURS_A_MONTH  # dollars an hour for a GiB of gp3
STORE: Final = 0.023 / HOURS_A_MONTH  # dollars an hour for a GiB in S3
TRAFFIC: Final = 0.09  # dollars for a GB to listeners
FREE_TRAFFIC: Final = 100  # GB a month of an account that cost nothing
GIB: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Machine:
    """A type of instance."""

    architecture: str  # as Debian calls it
    dollars: float  # an hour
    memory: float  # GiB


MACHINES: Final[Mapping[str, Machine]] = {
    "t4g.micro": Machine("arm64", 0.0084, 1),
    "t4g.small": Machine("arm64", 0.0168, 2),
    "t4g.medium": Machine("arm64", 0.0336, 4),
    "t3.micro": Machine("amd64", 0.0104, 1),
    "t3.small": Machine("amd64", 0.0208, 2),
    "t3.medium": Machine("amd64", 0.0416, 4),
}
DEFAULT_MACHINE: Final = "t4g.micro"


def hourly(machine: str, *, disk: int, stored: int) -> float:
    """Dollars an hour; `disk` in GiB, `stored` in bytes. KeyError for an unknown machine."""
    return MACHINES[machine].dollars + ADDRESS + DISK * disk + STORE * stored / GIB


def dollars(amount: float) -> str:
    """An amount as people read it: no cents where there are none, and never nothing for some."""
    if 0 < amount < 0.01:
        return "less than $0.01"
    return f"about ${amount:.2f}"
