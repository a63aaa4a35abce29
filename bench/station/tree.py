# SPDX-License-Identifier: GPL-3.0-or-later
"""The live tree as the server shows it: `python -m server tree --json`, asked again and again."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.serving import ROOT

PATIENCE: Final = 10.0  # seconds for an answer; a net, never a measure
SERVER: Final = 0  # its number as a node


@dataclass(frozen=True, slots=True)
class Node:
    """A listener in the tree.

    Attributes:
        id: of its session.
        port: where it listens for children; 0 where it does not.
        parent: who feeds it; 0 is the server, None nobody yet.
        depth: nodes up to the server, itself included.
        lag: seconds behind the live edge; None where that is not known.
        is_banned: it is no longer used as a parent.
    """

    id: int
    port: int
    parent: int | None
    depth: int
    lag: float | None
    is_banned: bool


class TreeError(Exception):
    """The server does not show its tree; the argument is a sentence."""


def look(state: Path) -> list[Node]:
    """The tree of the server whose state directory this is; raises TreeError."""
    words = [sys.executable, "-m", "server", "tree", "--json", "--state", str(state)]
    try:
        done = subprocess.run(
            words, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise TreeError("The server did not show its tree in time.") from None
    if done.returncode:
        raise TreeError(f"The server does not show its tree: {done.stderr.strip()}")
    stations: dict[str, Any] = json.loads(done.stdout)
    return [_node(found) for station in stations["stations"] for found in station["nodes"]]


def interior(nodes: list[Node]) -> list[Node]:
    """Those that feed somebody."""
    feeding = {node.parent for node in nodes}
    return [node for node in nodes if node.id in feeding]


def _node(found: dict[str, Any]) -> Node:
    return Node(
        id=found["node"],
        port=found["port"] or 0,
        parent=found["fed_by"],
        depth=found["depth"],
        lag=found["lag"],
        is_banned=found["state"] == "cut off",
    )
