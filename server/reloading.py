# SPDX-License-Identifier: GPL-3.0-or-later
"""What SIGHUP changes: which settings can be other ones from now on, and which need a restart.

Pure; `server.app` carries it out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

# By their names in the file. Everything else was built into something that cannot be rebuilt while
# somebody listens. Timers hold for sessions that come; who is there was told others.
CHANGEABLE: Final = frozenset(
    {
        "verbose",
        "max-sessions",
        "max-sessions-per-address",
        "max-waiting",
        "max-waiting-per-address",
        "hello-timeout",
        "ticket-lifetime",
        "heartbeat",
        "dead-after",
        "grace",
        "idle-timeout",
        "stall-timeout",
        "drain-timeout",
    }
)

# Reads a file again that the configuration names, and says in the log what has come of it.
Reload = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Changes:
    """Settings that differ, by their names in the file."""

    now: tuple[str, ...]
    restart: tuple[str, ...]


def changes(running: Mapping[str, object], wanted: Mapping[str, object]) -> Changes:
    """What differs between the settings that hold and those that were read."""
    differ = [name for name in sorted(wanted) if wanted[name] != running[name]]
    return Changes(
        now=tuple(name for name in differ if name in CHANGEABLE),
        restart=tuple(name for name in differ if name not in CHANGEABLE),
    )


def held(
    running: Mapping[str, object], wanted: Mapping[str, object], found: Changes
) -> dict[str, object]:
    """The settings that hold from now on: what needs a restart is as it was."""
    return {**wanted, **{name: running[name] for name in found.restart}}
