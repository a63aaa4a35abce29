# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections of both roles, brought into any of their states by what is said on them."""

from control.events import Event
from control.framing import Deframer, Numbered, encode
from control.message import Message
from control.roles import ClientConnection, ServerConnection
from control.session_messages import Bye
from control.states import ClientState, ServerState
from tests.control.examples import HELLO, WELCOME


def server_in(state: ServerState) -> ServerConnection:
    """A server at time 0; in GREETED and OPEN it has had HELLO with Number 1."""
    connection = ServerConnection(now=0)
    if state in {ServerState.GREETED, ServerState.OPEN, ServerState.LEAVING}:
        hear(connection, 1, HELLO)
    if state in {ServerState.OPEN, ServerState.LEAVING}:
        connection.welcome(1, WELCOME, now=0)
    if state is ServerState.LEAVING:
        connection.bye(now=0)
    if state is ServerState.CLOSED:
        hear(connection, 1, Bye(0))
    assert connection.state is state
    connection.data_to_send()
    return connection


def client_in(state: ClientState) -> ClientConnection:
    """A client at time 0; everywhere but in START it has said HELLO with Number 1."""
    connection = ClientConnection()
    if state is not ClientState.START:
        connection.hello(HELLO, now=0)
    if state in {ClientState.OPEN, ClientState.LEAVING}:
        hear(connection, 1, WELCOME)
    if state is ClientState.LEAVING:
        connection.bye(now=0)
    if state is ClientState.CLOSED:
        hear(connection, 1, Bye(0))
    assert connection.state is state
    connection.data_to_send()
    return connection


def hear(
    connection: ServerConnection | ClientConnection,
    number: int,
    message: Message,
    *,
    now: float = 0,
) -> list[Event]:
    """Let the connection receive a message."""
    return connection.receive_data(encode(number, message), now=now)


def said(connection: ServerConnection | ClientConnection) -> list[Numbered]:
    """What the connection wants to send, read back."""
    return list(Deframer().feed(connection.data_to_send()))
