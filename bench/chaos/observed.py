# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel tells of a process: its descriptors and its memory."""

from collections import Counter
from pathlib import Path

SOCKET = "socket"
SONG = "song"
FILE = "file"  # of any other kind


def descriptors(pid: int) -> Counter[str]:
    """How many it has open, by what they are; raises OSError where the process is gone."""
    found: Counter[str] = Counter()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(entry.readlink())
        except FileNotFoundError:  # closed in between
            continue
        if target.endswith((".mp3", ".mp3 (deleted)")):
            found[SONG] += 1
        elif target.startswith("/"):
            found[FILE] += 1
        else:
            found[target.partition(":")[0]] += 1  # socket, pipe, anon_inode
    return found


def leaked(before: Counter[str], after: Counter[str]) -> Counter[str]:
    """Descriptors that are there after and were not before, by what they are."""
    return after - before


def anonymous_kib(pid: int) -> int | None:
    """KiB of anonymous memory, mapped songs left out; None where the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return None  # a zombie has none
