# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds, in a syntax tree, what a pure module must not do although it needs no forbidden import."""

import ast
from collections.abc import Iterator

# Built-ins that reach the outside. `input` and `print` belong to a terminal, `open` to a disk.
BUILTINS = frozenset({"open", "print", "input", "breakpoint", "exec", "eval", "__import__"})
# Attributes that ask for the time, for chance or for a disk, on whatever object they are asked:
# datetime.now(), date.today(), uuid.uuid4(), path.read_bytes(), sys.stdout.
ATTRIBUTES = frozenset(
    {
        *("now", "utcnow", "today", "uuid1", "uuid4"),
        *("read_bytes", "read_text", "write_bytes", "write_text"),
        *("stdin", "stdout", "stderr"),
    },
)


def impurities(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yields each place, with a word on what was found there.

    An attribute counts only where it is read off a module or class by name (`datetime.now`): a
    field `self.now` is how pure code carries the time it was given.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in BUILTINS:
            yield node, node.id
        elif isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES and not _own(node.value):
            yield node, f".{node.attr}"


def _own(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id in {"self", "cls"}
