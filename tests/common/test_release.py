# SPDX-License-Identifier: GPL-3.0-or-later
"""The release has one number, wherever it is written."""

import tomllib
from pathlib import Path

from common.release import RELEASE


def test_it_is_the_number_of_the_package() -> None:
    pyproject = Path(__file__).parents[2] / "pyproject.toml"
    assert tomllib.loads(pyproject.read_text("utf-8"))["project"]["version"] == RELEASE
