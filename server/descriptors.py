# SPDX-License-Identifier: GPL-3.0-or-later
"""The limit of open files: as high as this user may have it, and a warning if that is too low."""

import contextlib
import logging
import resource

LOG = logging.getLogger("antiphon.server")

SPARE = 64  # beside two for each session


def raise_descriptor_limit(sessions: int) -> None:
    """Raise the soft limit of this process to the hard one."""
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
