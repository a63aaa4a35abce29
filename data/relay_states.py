# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay's connection to a child, as tables for both ends (RFC.md, "Joining")."""

from enum import auto
from typing import Final

from common.table import Symbol, Table, row
from data.states import Action


class ParentInput(Symbol):
    """What a parent can receive from a child."""

    JOIN = auto()
    OTHER = auto()
    END_OF_STREAM = auto()


class ParentState(Symbol):
    """States of the connection in the parent."""

    AWAIT_JOIN = auto()
    JOINED = auto()
    CLOSED = auto()


class ChildInput(Symbol):
    """What a child can receive from its parent."""

    BRANCH = auto()
    STREAM = auto()  # SONG, DATA, SEAL
    LEAVE = auto()
    FAIL = auto()  # with Stream 0
    OTHER = auto()
    END_OF_STREAM = auto()


class ChildState(Symbol):
    """States of the connection in the child."""

    AWAIT_BRANCH = auto()
    FED = auto()
    CLOSED = auto()


def _parent_table() -> Table[ParentState, ParentInput, Action]:
    s, i, a = ParentState, ParentInput, Action
    refused, idle = (s.CLOSED, a.REFUSE), (s.CLOSED, a.NOTHING)
    closed = (s.CLOSED, a.CLOSE)
    cells = {
        #                                AWAIT_JOIN          JOINED   CLOSED
        **row(i.JOIN, s, ((s.JOINED, a.DELIVER), refused, idle)),
        **row(i.OTHER, s, (refused, refused, idle)),
        **row(i.END_OF_STREAM, s, (closed, closed, idle)),
    }
    return Table(s, i, cells)


def _child_table() -> Table[ChildState, ChildInput, Action]:
    s, i, a = ChildState, ChildInput, Action
    refused, idle = (s.CLOSED, a.REFUSE), (s.CLOSED, a.NOTHING)
    closed, fed = (s.CLOSED, a.CLOSE), (s.FED, a.DELIVER)
    left = (s.CLOSED, a.DELIVER)
    cells = {
        #                          AWAIT_BRANCH  FED   CLOSED
        **row(i.BRANCH, s, (fed, fed, idle)),
        **row(i.STREAM, s, (refused, fed, idle)),
        **row(i.LEAVE, s, (left, left, idle)),
        **row(i.FAIL, s, (closed, closed, idle)),
        **row(i.OTHER, s, (refused, refused, idle)),
        **row(i.END_OF_STREAM, s, (closed, closed, idle)),
    }
    return Table(s, i, cells)


PARENT_TABLE: Final = _parent_table()
CHILD_TABLE: Final = _child_table()
