# SPDX-License-Identifier: GPL-3.0-or-later
"""The limit of open files: as high as this user may have it, and a warning if that is too low.

The kernel's table of them is made as large at once. It grows by doubling, and in a process of
several threads each time waits for the whole machine to have seen it (RCU): of the first thousand
listeners who come at once, that held everybody up six times, for some 30 ms in all.
"""

import contextlib
import fcntl
import os
import resource

from server.logbook import Logbook

EVENTS = Logbook("antiphon.server")

SPARE = 64  # beside two for each session


def raise_descriptor_limit(sessions: int, workers: int = 1, *, is_told: bool = True) -> None:
    """Raise the soft limit of this process to the hard one, and make room for the descriptors.

    The sessions are those of this process, which is one of so many `workers`. Unless `is_told`,
    the log does not say that there are too few: all workers have as many, and one says it for all.
    """
    problem = shortage(sessions, workers)
    if problem is not None and is_told:
        EVENTS.warning("few_descriptors", "there are too few descriptors", reason=problem)
    wanted, (soft, _hard) = _wanted(sessions), resource.getrlimit(resource.RLIMIT_NOFILE)
    _make_room(wanted if soft == resource.RLIM_INFINITY else min(wanted, soft))


def shortage(sessions: int, workers: int = 1) -> str | None:
    """Why the limit, raised as far as it can be, is too low for so many; None where it is not.

    It is one for each of the `workers`, as the sessions are; what is advised is for all of them.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or soft < hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    wanted = _wanted(sessions)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return None
    need = "1 session needs" if sessions == 1 else f"{sessions} sessions need"
    each = "" if workers == 1 else f" in each of {workers} workers"
    most = workers * max(1, (soft - SPARE) // 2)
    return (
        f"{need} {wanted} descriptors{each}, and the limit is {soft}: raise it "
        f"(ulimit -n) or set max-sessions to {most}" + (" for all of them" if each else "")
    )


def _wanted(sessions: int) -> int:
    return 2 * sessions + SPARE


def _make_room(descriptors: int) -> None:
    """Let the kernel's table grow to so many entries, of eight bytes each, once and now."""
    with contextlib.suppress(OSError), open(os.devnull, "rb") as anything:  # noqa: PTH123
        os.close(fcntl.fcntl(anything, fcntl.F_DUPFD_CLOEXEC, descriptors - 1))
