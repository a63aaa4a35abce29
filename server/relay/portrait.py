# SPDX-License-Identifier: GPL-3.0-or-later
"""The live tree for the operator: as JSON, and as a table on a terminal. Pure.

Addresses stand in it: it is for nobody else (RFC.md, "Placing").
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from common.text import clean
from server.relay.node import SERVER, Node
from server.relay.tree import Tree

WIDEST: Final = 40  # characters of who a listener is


def portrait(
    tree: Tree,
    *,
    station: str,
    live: int,
    rate: float,
    unsent: Mapping[int, int],
    who: Mapping[int, str],
    now: float,
) -> dict[str, Any]:
    """One station's tree.

    `live` is the station offset of the live edge, `rate` in bytes per second. `unsent`
    says how many bytes the server has not yet sent to those that it feeds, `who` who they all are.
    """

    def entry(node: Node) -> dict[str, Any]:
        behind = unsent.get(node.id) if node.behind is None else node.behind
        lag = None if behind is None or rate <= 0 else round(behind / rate, 2)
        return {
            "node": node.id,
            "depth": node.depth,
            "parent": node.parent,
            "fed_by": node.fed_by,
            "lag": lag,
            "buffered": round(node.buffered / 1000, 3) if node.behind is not None else None,
            "pace": node.pace or None,
            "relay": node.is_relay,
            "room": node.room,
            "load": tree.branches.load(node),
            "children": sorted(node.children),
            "backups": list(node.backups),
            "rate": round(node.rate) or None,
            "address": None if node.address is None else node.address.text,
            "port": node.port or None,
            "who": who.get(node.id, ""),
            "tuned_for": round(now - node.since, 1),
            "state": _state(node, now=now),
        }

    return {
        "station": station,
        "live": live,
        "rate": round(rate),
        "fan_out": tree.allowed.fan_out,
        "feeds": {"most": tree.allowed.feeds or None, "now": len(tree.fed)},
        "nodes": [entry(node) for node in _in_order(tree)],
    }


def _state(node: Node, *, now: float) -> str:
    for holds, word in (
        (node.lost, "lost"),
        (node.banned, "cut off"),
        (node.parent is None, "waits"),
        (node.is_moving, "moves"),
        (node.doubted_until > now, "doubtful"),
    ):
        if holds:
            return word
    return "ok"


def _in_order(tree: Tree) -> Iterator[Node]:
    """Each node behind its parent; those without a place last."""
    waiting = sorted(tree.branches.below_server, reverse=True)
    while waiting:
        node = tree.nodes[waiting.pop()]
        yield node
        waiting += sorted(node.children, reverse=True)
    yield from (node for node in tree.nodes.values() if node.parent is None)


_HEADS: Final = ("who feeds whom", "depth", "lag", "holds", "room", "address", "state", "who")


def table(portraits: list[dict[str, Any]]) -> str:
    """For people; the last line ends with a line feed."""
    lines: list[str] = []
    for one in portraits:
        feeds, lost = one["feeds"], sum(node["state"] == "lost" for node in one["nodes"])
        gone = f" and {lost} lost" if lost else ""
        at = f" at worker {one['worker']}" if "worker" in one else ""
        most = "" if feeds["most"] is None else f" of {feeds['most']}"
        lines.append(
            f"station {one['station']}{at}: {len(one['nodes']) - lost} listeners{gone},"
            f" the server feeds {feeds['now']}{most}"
        )
        rows = [_HEADS, *(_row(node) for node in one["nodes"])] if one["nodes"] else []
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join([*lines, ""]) if lines else "there are no stations\n"


def _row(node: dict[str, Any]) -> tuple[str, ...]:
    indent = "  " * max(0, node["depth"] - 1)
    moving = node["fed_by"] not in {node["parent"], None}
    by = f" (still by {_name(node['fed_by'])})" if moving else ""
    address = "-" if node["address"] is None else node["address"]
    port = "" if node["port"] is None else f" {node['port']}"
    return (
        f"{indent}{node['node']}{by}",
        str(node["depth"] or "-"),
        _seconds(node["lag"]),
        _seconds(node["buffered"]),
        f"{node['load']}/{node['room']}" if node["relay"] else "-",
        address + port,
        node["state"],
        clean(node["who"], WIDEST),
    )


def _name(node: int) -> str:
    return "the server" if node == SERVER else str(node)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
