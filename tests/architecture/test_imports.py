# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports that import-linter cannot tell apart: submodules of other people's packages, and places.

The direction between the rooms is in pyproject.toml, for import-linter.
"""

import ast

import pytest

from tests.architecture.source_tree import ROOMS, Module, imports, modules

# Nobody patches: gevent is imported by name, and a thread stays a thread.
NOWHERE = frozenset({"gevent.monkey"})
# A foreign library with sharp edges has one module that knows them.
ONLY_IN = {
    "mad": "client.decoder",
    "alsaaudio": "client.sinks.alsa",
    "prometheus_client": "server.metrics.exposition",
}


def names(module: Module) -> str:
    return module.name


@pytest.mark.parametrize("module", [*modules(*ROOMS)], ids=names)
def test_nobody_patches_the_standard_library(module: Module) -> None:
    assert not [module.at(node, name) for node, name in imports(module.tree) if name in NOWHERE]


@pytest.mark.parametrize("module", [*modules(*ROOMS)], ids=names)
def test_a_sharp_library_is_imported_in_one_place(module: Module) -> None:
    found = [
        module.at(node, name)
        for node, name in imports(module.tree)
        if ONLY_IN.get(name, module.name) != module.name
    ]
    assert not found


@pytest.mark.parametrize("module", [*modules(*ROOMS)], ids=names)
def test_a_module_opens_with_its_licence_and_one_sentence(module: Module) -> None:
    lines = module.path.read_text("utf-8").splitlines()
    licence = lines[1] if lines and lines[0].startswith("#!") else (lines or [""])[0]
    assert licence == "# SPDX-License-Identifier: GPL-3.0-or-later"
    assert ast.get_docstring(module.tree), f"{module.path} says nowhere what it is"


def test_the_search_itself_sees_an_import_wherever_it_stands() -> None:
    source = """
def f():
    from gevent import monkey
if x:
    import mad.inner as m
from . import own
"""
    found = {name for _, name in imports(ast.parse(source))}
    assert found == {"gevent", "gevent.monkey", "mad.inner"}
