# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the programs of a measurement run before everything else on the machine."""

import contextlib
import os
from pathlib import Path
from typing import Final

NICE: Final = -19  # what else the machine does must not stall the sound


def favour_this() -> None:
    """This process, and those it starts from now on; raises OSError without privileges."""
    os.nice(NICE - os.nice(0))


def favour_session(pid: int) -> None:
    """The session that `pid` leads: the kernel may weigh sessions first, processes only within."""
    with contextlib.suppress(OSError):  # a kernel that does not has no such file
        Path(f"/proc/{pid}/autogroup").write_text(str(NICE))
