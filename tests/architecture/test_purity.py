# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure rooms take bytes and times and return bytes and events: nothing else reaches them."""

import ast

import pytest

from tests.architecture.purity import impurities
from tests.architecture.source_tree import Module, imports, modules

PURE = ("common", "control", "data")
# The core of the station, in the room of its shells.
PURE_IN_SERVER = frozenset(
    f"server.station.{name}"
    for name in (
        *("airing", "codec", "errors", "merging", "requests", "schedule", "shared_clock"),
        *("songs", "votes"),
    )
)
FORBIDDEN = frozenset(
    {
        *("asyncio", "concurrent", "ctypes", "gevent", "greenlet", "logging"),
        *("multiprocessing", "os", "pathlib", "random", "secrets", "select", "selectors"),
        *("signal", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "tempfile"),
        *("threading", "time", "uuid", "warnings"),
        # What runs belongs to a shell.
        *("alsaaudio", "inotify_simple", "mad", "mutagen", "prompt_toolkit"),
    },
)
ALLOWED = frozenset(
    {
        # TLS over memory: no socket, no file; the contexts come from the shells.
        ("common.tls", "ssl"),
        # What both shells read files with; no pure module imports it (see below).
        ("common.small_file", "os"),
    },
)


PURE_MODULES = [
    *modules(*PURE),
    *(module for module in modules("server") if module.name in PURE_IN_SERVER),
]


def names(module: Module) -> str:
    return module.name


def test_no_pure_module_of_the_server_has_moved_away() -> None:
    assert {module.name for module in PURE_MODULES} >= PURE_IN_SERVER


@pytest.mark.parametrize("module", PURE_MODULES, ids=names)
def test_a_pure_module_imports_nothing_that_reaches_out(module: Module) -> None:
    found = [
        module.at(node, name)
        for node, name in imports(module.tree)
        if name.partition(".")[0] in FORBIDDEN and (module.name, name) not in ALLOWED
    ]
    assert not found


@pytest.mark.parametrize("module", PURE_MODULES, ids=names)
def test_a_pure_module_reads_no_small_file_either(module: Module) -> None:
    assert "common.small_file" not in {name for _, name in imports(module.tree)}


@pytest.mark.parametrize("module", PURE_MODULES, ids=names)
def test_a_pure_module_asks_for_no_time_no_file_no_terminal(module: Module) -> None:
    assert not [module.at(node, what) for node, what in impurities(module.tree)]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("datetime.now()", [".now"]),
        ("f = open", ["open"]),
        ("def f():\n    print(1)", ["print"]),
        ("Path('x').read_bytes()", [".read_bytes"]),
        ("sys.stdout.write('x')", [".stdout"]),
        ("self.now + wait", []),
        ("def f(*, now: float) -> float: return now", []),
        ("reader.open_frame()", []),
    ],
)
def test_the_search_itself_sees_what_it_should(source: str, found: list[str]) -> None:
    assert [what for _, what in impurities(ast.parse(source))] == found
