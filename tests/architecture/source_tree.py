# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's own source files as syntax trees, for the tests of its shape."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("common", "control", "data", "server", "client", "bench", "deploy", "pages")


@dataclass(frozen=True, slots=True)
class Module:
    """One source file of a room."""

    name: str  # dotted, as it is imported
    path: Path
    tree: ast.Module

    def at(self, node: ast.expr | ast.stmt, what: str) -> str:
        """Says where something was found, the way editors and terminals link it."""
        return f"{self.path.relative_to(ROOT)}:{node.lineno}: {what}"


def modules(*rooms: str) -> Iterator[Module]:
    """Every module below the given rooms, parsed; rooms not there yet have none."""
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            yield Module(name, path, ast.parse(path.read_text("utf-8"), str(path)))


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Every module named by an import, wherever it stands: in a function, under a condition.

    `from gevent import monkey` yields both `gevent` and `gevent.monkey`: what follows `from ...
    import` may be a module.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node, node.module
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"
