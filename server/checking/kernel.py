# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at what the kernel lets this user have: open files, and who sends the sound how."""

from collections.abc import Iterator
from typing import Final

from server.checking.finding import Finding, count, good, warning
from server.config import Config
from server.congestion import PREFERRED, SYSTEM, is_usable
from server.descriptors import shortage
from server.workers.plan import part_of

_DESCRIPTORS: Final = "open files"
_CONGESTION: Final = "congestion"


def look_at_descriptors(config: Config) -> Iterator[Finding]:
    """Whether there are as many as the sessions need, which each worker has of its own."""
    sessions = part_of(config.limits.sessions, config.workers)
    problem = shortage(sessions, config.workers)
    each = "" if config.workers == 1 else f" in each of {config.workers} workers"
    if problem is not None:
        yield warning(_DESCRIPTORS, problem)
    else:
        yield good(_DESCRIPTORS, f"enough for {count(sessions, 'session')}{each}")


def look_at_congestion(config: Config) -> Iterator[Finding]:
    """Whether there is the one that is asked for; nobody asked for the one that is preferred."""
    name = config.congestion
    if name != SYSTEM and is_usable(name):
        yield good(_CONGESTION, name)
    elif name in {SYSTEM, PREFERRED}:
        yield good(_CONGESTION, "the kernel's default")
    else:
        yield warning(
            _CONGESTION,
            f"the kernel does not let this user have {name}, and its default holds: sysctl"
            " net.ipv4.tcp_allowed_congestion_control shows which it does",
        )
