# SPDX-License-Identifier: GPL-3.0-or-later
"""script/compile names modules that are there.

To compile them takes half a minute and a C compiler, so that is left to who wants it.
"""

import re

from tests.architecture.source_tree import ROOT

SCRIPT = (ROOT / "script" / "compile").read_text(encoding="utf-8")
MODULES = re.findall(r"^    (\w+(?:/\w+)+\.py)$", SCRIPT, re.MULTILINE)


def test_the_modules_are_there() -> None:
    assert len(MODULES) > 20
    assert [module for module in MODULES if not (ROOT / module).is_file()] == []
