# SPDX-License-Identifier: GPL-3.0-or-later
"""Where links can be made, and where a run can."""

import shutil

import pytest

from bench.chaos.command import why_not

_problem = why_not()
_missing = [name for name in ("lame", "nsenter", "ip") if shutil.which(name) is None]

can_link = pytest.mark.skipif(_problem is not None, reason=str(_problem))
can_run = pytest.mark.skipif(
    _problem is not None or bool(_missing),
    reason=_problem or f"not installed: {', '.join(_missing)}",
)
