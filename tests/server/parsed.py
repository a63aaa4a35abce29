# SPDX-License-Identifier: GPL-3.0-or-later
"""A command line of the server as a test has it read."""

import pytest

from server.config import (
    Config,
)
from server.options import OptionsError, parse


def config(*arguments: str) -> Config:
    return parse(arguments).config


def refusal(*arguments: str) -> str:
    with pytest.raises(OptionsError) as error:
        parse(arguments)
    text = str(error.value)
    assert "\n" not in text
    return text
