# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the server or the client, and tells what only the process itself can count.

`python -m bench.soak.watched ROLE FILE [ARGUMENT...]` appends a line of JSON to FILE now and then:
greenlets that live, watchers that wait for something, threads, objects that Python tracks, memory
that was given out. ROLE is server, client or client-alone, whose garbage only itself collects.
"""

import ctypes
import gc
import importlib
import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import greenlet
from gevent.hub import Hub

EVERY: Final = 1.0  # seconds between two looks
ROLES: Final = {
    "server": "server.__main__",
    "client": "client.__main__",
    "client-alone": "client.__main__",
}


def counted(*, collect: bool) -> dict[str, int]:
    """What there is at this moment, without the garbage if it is to be collected."""
    suffix = "" if collect else "_and_garbage"
    if collect:
        gc.collect()
    objects = gc.get_objects()
    greenlets = [thing for thing in objects if isinstance(thing, greenlet.greenlet)]
    hubs = [thing for thing in greenlets if isinstance(thing, Hub) and not thing.dead]
    watchers: list[int] = [hub.loop.activecnt for hub in hubs]
    return {
        "greenlets": sum(not thing.dead for thing in greenlets),
        "watchers": sum(watchers),
        "threads": threading.active_count(),
        f"objects{suffix}": len(objects),
        f"blocks{suffix}": sys.getallocatedblocks(),
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


def _watch(path: Path, *, collect: bool) -> None:
    with path.open("a", encoding="ascii") as file:
        while True:
            time.sleep(EVERY)
            file.write(json.dumps(counted(collect=collect)) + "\n")
            file.flush()


def main() -> int:
    """Run the role that the command line names."""
    role, path, *arguments = sys.argv[1:]
    run: Callable[[Sequence[str]], int] = importlib.import_module(ROLES[role]).main
    watch = partial(_watch, Path(path), collect=role != "client-alone")
    threading.Thread(target=watch, daemon=True).start()
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
