# SPDX-License-Identifier: GPL-3.0-or-later
"""The limit of open files: as high as this user may have it, and a warning if that is too low.

The kernel's table of them is made as large at once. It grows by doubling, and in a process of
several threads each time waits for the whole machine to have seen it (RCU): of the first thousand
listeners who come at once, that held everybody up six times, for some 30 ms in all.
"""

import contextlib
import fcntl
import logging
import os
import resource

LOG = logging.getLogger("antiphon.server")

SPARE = 64  # beside two for each session


def raise_descriptor_limit(sessions: int) -> None:
    """Raise the soft limit of this process to the hard one, and make room for the descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or soft < hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    wanted = 2 * sessions + SPARE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        LOG.warning(
            "%d sessions need %d descriptors, and the limit is %d: raise it (ulimit -n) "
            "or set max-sessions to %d",
            sessions,
            wanted,
            soft,
            max(1, (soft - SPARE) // 2),
        )
    _make_room(wanted if soft == resource.RLIM_INFINITY else min(wanted, soft))


def _make_room(descriptors: int) -> None:
    """Let the kernel's table grow to so many entries, of eight bytes each, once and now."""
    with contextlib.suppress(OSError), open(os.devnull, "rb") as anything:  # noqa: PTH123
        os.close(fcntl.fcntl(anything, fcntl.F_DUPFD_CLOEXEC, descriptors - 1))
