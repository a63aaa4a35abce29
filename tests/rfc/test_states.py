# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC.md's state tables against the code's, cell by cell."""

from enum import Enum
from typing import TypeVar

import pytest

from common.table import Table
from control import states as control
from control.message import Type
from data import relay_states as relay
from data import states as data
from tests.rfc.document import tables

TABLES = tables()

State = TypeVar("State", bound=Enum)
Input = TypeVar("Input", bound=Enum)
Action = TypeVar("Action", bound=Enum)

# What the words of a cell that are no state say is done. A state alone, or "-", says nothing.
CONTROL = {
    "deliver": "DELIVER",
    "refuse": "REFUSE",
    "match": "MATCH",
    "PONG": "PONG",
    "GOODBYE": "GOODBYE",
}
RECEIVED = {
    "end of stream": {control.Received.END_OF_STREAM},
    "ERROR, fatal": {control.Received.FATAL_ERROR},
    "ERROR, not fatal": {control.Received.ERROR},
    "ERROR": {control.Received.FATAL_ERROR, control.Received.ERROR},
}
OTHER_WAY = {
    "server": {control.Received.WELCOME, control.Received.ANSWER, control.Received.SERVER_NOTICE},
    "client": {
        control.Received.HELLO,
        control.Received.REQUEST,
        control.Received.CLIENT_NOTICE,
    },
}


def split(cell: str, states: type[Enum], words: dict[str, str]) -> tuple[str | None, str]:
    """(state, action) by name; None where the state stays."""
    state, action = None, "NOTHING"
    for word in cell.split(", "):
        if word in states.__members__ and word not in words:
            state = word
        elif word != "-":
            action = words[word]
    return state, action


def compare(
    caption: str,
    table: Table[State, Input, Action],
    states: type[State],
    inputs: dict[str, set[Input]],
    words: dict[str, str],
    *,
    refused: str,
    rules: dict[tuple[str, str], str] | None = None,
) -> None:
    """Compare all cells; `refused` is where a refusal leads, `rules` name the action by row."""
    rows = TABLES[caption]
    named = [what for row in rows for what in inputs[next(iter(row.values()))]]
    kind = type(named[0])
    assert sorted(what.name for what in named) == sorted(kind.__members__), "rows are missing"
    for row in rows:
        (_, first), *cells = row.items()
        assert [name for name, _ in cells] == list(states.__members__)
        for name, cell in cells:
            state, action = split(cell, states, words)
            if action == "REFUSE":
                state = refused
            action = (rules or {}).get((first, cell), action)
            for what in inputs[first]:
                found_state, found_action = table.step(states[name], what)
                assert (found_state.name, found_action.name) == (state or name, action), (
                    f"{caption}: {first} in {name}"
                )


def compare_connection(
    caption: str,
    table: Table[State, Input, Action],
    states: type[State],
    inputs: dict[str, set[Input]],
    rules: dict[tuple[str, str], str] | None = None,
) -> None:
    """The same of connections that CLOSE when they end or are refused."""
    all_rules = {("end of stream", "CLOSED"): "CLOSE"} | (rules or {})
    compare(caption, table, states, inputs, CONTROL, refused="CLOSED", rules=all_rules)


def received_of(first: str, role: str) -> set[control.Received]:
    if first in RECEIVED:
        return RECEIVED[first]
    if first == "other way":
        return OTHER_WAY[role]
    return {control.CLASS_OF[Type[name]] for name in first.split(", ")}


@pytest.mark.parametrize("role", ["server", "client"])
def test_control(role: str) -> None:
    caption = f"Control, in the {role}"
    inputs = {row["Received"]: received_of(row["Received"], role) for row in TABLES[caption]}
    # Behind these, CLOSED alone is more than a state: the layer above is told.
    closes = ("end of stream", "ERROR", "ERROR, fatal", "GOODBYE")
    rules = {(first, "CLOSED"): "CLOSE" for first in closes}
    if role == "server":
        compare_connection(caption, control.SERVER_TABLE, control.ServerState, inputs, rules)
    else:
        compare_connection(caption, control.CLIENT_TABLE, control.ClientState, inputs, rules)


def test_each_row_of_types_names_all_of_its_class() -> None:
    for role in ("server", "client"):
        named = {
            name
            for row in TABLES[f"Control, in the {role}"]
            for name in row["Received"].split(", ")
            if name in Type.__members__
        }
        others = {k.name for k in Type if control.CLASS_OF[k] in OTHER_WAY[role]}
        assert named | others == set(Type.__members__)


def test_the_data_connection_in_the_server() -> None:
    i = data.ServerInput
    compare_connection(
        "Data connection, in the server",
        data.SERVER_TABLE,
        data.ServerState,
        {"ATTACH": {i.ATTACH}, "another frame": {i.OTHER}, "end of stream": {i.END_OF_STREAM}},
    )


def test_the_data_connection_in_the_client() -> None:
    i = data.ClientInput
    compare_connection(
        "Data connection, in the client",
        data.CLIENT_TABLE,
        data.ClientState,
        {
            "ATTACHED": {i.ATTACHED},
            "DATA, END, SONG, SEAL": {i.STREAM},
            "FAIL, stream 0": {i.FAIL_CONNECTION},
            "FAIL, a stream": {i.FAIL_STREAM},
            "another frame": {i.OTHER},
            "end of stream": {i.END_OF_STREAM},
        },
        {("FAIL, stream 0", "CLOSED"): "CLOSE", ("ATTACHED", "ATTACHED"): "ATTACHED"},
    )


def test_the_relay_connection_in_the_parent() -> None:
    i = relay.ParentInput
    compare_connection(
        "Relay connection, in the parent",
        relay.PARENT_TABLE,
        relay.ParentState,
        {"JOIN": {i.JOIN}, "another frame": {i.OTHER}, "end of stream": {i.END_OF_STREAM}},
    )


def test_the_relay_connection_in_the_child() -> None:
    i = relay.ChildInput
    compare_connection(
        "Relay connection, in the child",
        relay.CHILD_TABLE,
        relay.ChildState,
        {
            "BRANCH": {i.BRANCH},
            "SONG, DATA, SEAL": {i.STREAM},
            "LEAVE": {i.LEAVE},
            "FAIL, stream 0": {i.FAIL},
            "another frame": {i.OTHER},
            "end of stream": {i.END_OF_STREAM},
        },
        {("FAIL, stream 0", "CLOSED"): "CLOSE"},
    )


def test_the_sender() -> None:
    i = data.SenderInput
    compare(
        "The sender",
        data.SENDER_TABLE,
        data.SenderState,
        {
            "PLAY accepted": {i.PLAY},
            "CREDIT for the newest": {i.CREDIT},
            "STOP for the newest": {i.STOP},
            "all audio bytes sent": {i.ALL_SENT},
            "file changed or unreadable": {i.FAILED},
            "data connection lost": {i.LOST},
        },
        {
            "new stream": "START",
            "raise the limit": "RAISE_LIMIT",
            "send END": "SEND_END",
            "send FAIL": "SEND_FAIL",
        },
        refused="ENDED",
        rules={("PLAY accepted", "SENDING"): "START"},
    )


def test_the_receiver() -> None:
    i = data.StreamInput
    compare(
        "The receiver",
        data.STREAM_TABLE,
        data.StreamState,
        {
            "STREAM": {i.STREAM},
            "ERROR for the PLAY": {i.ERROR},
            "DATA": {i.DATA},
            "END": {i.END},
            "FAIL": {i.FAIL},
            "SONG, SEAL": {i.OF_STATION},
            "a newer stream accepted": {i.NEWER},
            "STOP sent": {i.STOP},
            "data connection lost": {i.LOST},
        },
        {
            "keep": "KEEP",
            "deliver": "DELIVER",
            "refuse": "REFUSE",
            "failed": "FAIL",
            "resume": "RESUME",
        },
        refused="OVER",
        rules={("STREAM", "RECEIVING"): "ACCEPT", ("END", "COMPLETE"): "COMPLETE"},
    )
