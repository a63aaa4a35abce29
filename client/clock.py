# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's one clock."""

import time


def clock() -> float:
    """Seconds, monotonic, counting on while the machine is suspended (where the system can)."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
