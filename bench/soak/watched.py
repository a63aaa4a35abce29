# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the server or the client, and tells what only the process itself can count.

`python -m bench.soak.watched ROLE FILE [ARGUMENT...]` appends a line of JSON to FILE now and then:
greenlets that live, watchers that wait for something, threads, and objects that Python tracks.
"""

import ctypes
import gc
import importlib
import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import greenlet
from gevent.hub import Hub

EVERY: Final = 2.0  # seconds between two looks
ROLES: Final = {"server": "server.__main__", "client": "client.__main__"}


def counted() -> dict[str, int]:
    """What there is at this moment; nothing is collected for it that would not be without."""
    objects = gc.get_objects()
    greenlets = [thing for thing in objects if isinstance(thing, greenlet.greenlet)]
    hubs = [thing for thing in greenlets if isinstance(thing, Hub) and not thing.dead]
    watchers: list[int] = [hub.loop.activecnt for hub in hubs]
    return {
        "greenlets": sum(not thing.dead for thing in greenlets),
        "watchers": sum(watchers),
        "threads": threading.active_count(),
        "objects": len(objects),
        "blocks": sys.getallocatedblocks(),
        **_malloc(),
    }


class _MallInfo(ctypes.Structure):
    """What mallinfo2(3) tells; Python's own small objects are in blocks that it maps itself."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def _malloc() -> dict[str, int]:
    """KiB that the C library has given out, where it tells."""
    mallinfo = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if mallinfo is None:
        return {}
    mallinfo.restype = _MallInfo
    found = mallinfo()
    return {"malloc_kib": (found.uordblks + found.hblkhd) // 1024}


def _watch(path: Path) -> None:
    with path.open("a", encoding="ascii") as file:
        while True:
            time.sleep(EVERY)
            file.write(json.dumps(counted()) + "\n")
            file.flush()


def main() -> int:
    """Run the role that the command line names."""
    role, path, *arguments = sys.argv[1:]
    run: Callable[[Sequence[str]], int] = importlib.import_module(ROLES[role]).main
    threading.Thread(target=_watch, args=(Path(path),), daemon=True).start()
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
