# SPDX-License-Identifier: GPL-3.0-or-later
"""How often Python looks for garbage that refers to itself: seldom, and not where none can be.

Where a thousand listeners come at once, the collector would look through all of them dozens of
times, while nothing is garbage: a seventh of what their arrival costs.
"""

import contextlib
import gc
from collections.abc import Generator
from typing import Final

# Objects made and not freed between two looks at those: of some five hundred sessions. What has
# ended waits for that in a few megabytes at most; sockets and files are closed by name.
EVERY: Final = 20_000


@contextlib.contextmanager
def collected_seldom() -> Generator[None]:
    """Until the end of the block; never again look at what is there already."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(EVERY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
