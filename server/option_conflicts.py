# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that make sense each for itself, and not together. Pure.

With each sentence come the settings that it is about, for whoever has guessed one of them.
"""

from collections.abc import Iterator
from typing import Final

from server.config import Config
from server.ports import OverlapError
from server.ports import check as check_ports
from server.workers.plan import PlanError
from server.workers.plan import check as check_plan

# What the workers share, and where they and the server listen.
_SHARED_OUT: Final = frozenset(
    {"host", "port", "data-ports", "metrics", "workers", "max-sessions", "max-waiting"}
    | {"station", "station-store"}
)

Conflict = tuple[frozenset[str], str]


def conflicts(config: Config) -> Iterator[Conflict]:
    """The settings by their names in the file, and what is wrong with them."""
    for check in (check_plan, check_ports):
        try:
            check(config)
        except (PlanError, OverlapError) as error:
            yield _SHARED_OUT, str(error)
    # Of no use alone: whoever gives one has forgotten the other.
    if config.key is not None and config.certificate is None:
        yield frozenset({"key", "certificate"}), "--key is given without --certificate"
    if config.station_store is not None and not config.stations:
        yield (
            frozenset({"station-store", "station"}),
            "--station-store is given without a --station that it could keep",
        )
