# SPDX-License-Identifier: GPL-3.0-or-later
"""State tables: complete, or they do not load."""

from enum import Enum, auto

import pytest

from common.errors import MisuseError
from common.table import Symbol, Table, row


class Light(Enum):
    """States."""

    RED = auto()
    GREEN = auto()


class What(Enum):
    """Inputs."""

    WAIT = auto()
    BREAK = auto()


class Do(Enum):
    """Actions."""

    NOTHING = auto()
    RING = auto()


WAIT = row(What.WAIT, Light, ((Light.GREEN, Do.NOTHING), (Light.RED, Do.NOTHING)))
BREAK = row(What.BREAK, Light, ((Light.RED, Do.RING), (Light.RED, Do.RING)))


def test_members_of_a_symbol_are_keys_as_those_of_any_enumeration_are() -> None:
    class Way(Symbol):
        UP = auto()
        DOWN = auto()

    assert {Way.UP: 1, Way.DOWN: 2}[Way["DOWN"]] == 2
    assert len({Way.UP, Way(1), Way.DOWN}) == 2


def test_steps() -> None:
    table = Table(Light, What, {**WAIT, **BREAK})
    assert table.step(Light.RED, What.WAIT) == (Light.GREEN, Do.NOTHING)
    assert table.step(Light.GREEN, What.BREAK) == (Light.RED, Do.RING)


def test_a_hole_is_named() -> None:
    with pytest.raises(MisuseError, match="BREAK"):
        Table(Light, What, WAIT)
    cells = {**WAIT, **BREAK}
    del cells[Light.GREEN, What.WAIT]
    with pytest.raises(MisuseError, match=r"GREEN.*WAIT"):
        Table(Light, What, cells)


def test_a_row_is_as_long_as_there_are_states() -> None:
    with pytest.raises(MisuseError, match="1 cells for 2 states"):
        row(What.WAIT, Light, ((Light.RED, Do.NOTHING),))
