# SPDX-License-Identifier: GPL-3.0-or-later
"""The control connection's states as tables, one for each role (RFC.md, "Control States").

A cell says where a received message leads and what is done with it. What this side sends on its
own account (WELCOME, BYE, a fatal ERROR) moves the state in `control.connection`, by the arrows of
the RFC's figures.
"""

from enum import auto
from typing import Final

from common.table import Symbol, Table, row
from control.message import Type


class Action(Symbol):
    """What to do with a received message."""

    NOTHING = auto()
    DELIVER = auto()  # a request or a notice: hand it up
    MATCH = auto()  # an answer: find its request, hand both up
    PONG = auto()
    GOODBYE = auto()
    REFUSE = auto()  # send UNEXPECTED and close
    CLOSE = auto()


class Received(Symbol):
    """Classes of what can be received, as in the first column of the RFC's tables."""

    HELLO = auto()
    WELCOME = auto()
    REQUEST = auto()  # LIST, PLAY, STOP, CREDIT, REOPEN, and those of stations and relays
    ANSWER = auto()  # TRACKS, STREAM, PORT, and those of stations and relays
    SERVER_NOTICE = auto()  # DRAIN, PARENTS
    CLIENT_NOTICE = auto()  # REPORT, ACCUSE
    PING = auto()
    PONG = auto()
    BYE = auto()
    GOODBYE = auto()
    FATAL_ERROR = auto()
    ERROR = auto()
    END_OF_STREAM = auto()


CLASS_OF: Final = {
    Type.HELLO: Received.HELLO,
    Type.WELCOME: Received.WELCOME,
    Type.LIST: Received.REQUEST,
    Type.PLAY: Received.REQUEST,
    Type.STOP: Received.REQUEST,
    Type.CREDIT: Received.REQUEST,
    Type.REOPEN: Received.REQUEST,
    Type.TRACKS: Received.ANSWER,
    Type.STREAM: Received.ANSWER,
    Type.PORT: Received.ANSWER,
    Type.DRAIN: Received.SERVER_NOTICE,
    Type.PING: Received.PING,
    Type.PONG: Received.PONG,
    Type.BYE: Received.BYE,
    Type.GOODBYE: Received.GOODBYE,
    **dict.fromkeys(
        (
            Type.BROWSE,
            Type.TUNE,
            Type.ENQUEUE,
            Type.QUEUE,
            Type.NOW,
            Type.SKIP,
            Type.RELAY,
        ),
        Received.REQUEST,
    ),
    **dict.fromkeys(
        (
            Type.STATIONS,
            Type.TUNED,
            Type.ENQUEUED,
            Type.ENTRIES,
            Type.ON_AIR,
            Type.VOTES,
            Type.RELAYING,
        ),
        Received.ANSWER,
    ),
    Type.PARENTS: Received.SERVER_NOTICE,
    Type.REPORT: Received.CLIENT_NOTICE,
    Type.ACCUSE: Received.CLIENT_NOTICE,
    Type.ERROR: Received.ERROR,  # FATAL_ERROR where its code is fatal
}


class ServerState(Symbol):
    """States of a control connection in the server."""

    AWAIT_HELLO = auto()
    GREETED = auto()
    OPEN = auto()
    LEAVING = auto()
    CLOSED = auto()


class ClientState(Symbol):
    """States of a control connection in the client."""

    START = auto()
    AWAIT_WELCOME = auto()
    OPEN = auto()
    LEAVING = auto()
    CLOSED = auto()


def _server_table() -> Table[ServerState, Received, Action]:
    s, r, a = ServerState, Received, Action
    refused = (s.CLOSED, a.REFUSE)
    closed = (s.CLOSED, a.CLOSE)
    idle = (s.CLOSED, a.NOTHING)
    quiet = (s.LEAVING, a.NOTHING)
    goodbye = (s.CLOSED, a.GOODBYE)
    no_place = (refused, refused, refused, quiet, idle)
    cells = {
        #                        AWAIT_HELLO             GREETED  OPEN    LEAVING    CLOSED
        **row(r.HELLO, s, ((s.GREETED, a.DELIVER), refused, refused, quiet, idle)),
        **row(r.REQUEST, s, (refused, refused, (s.OPEN, a.DELIVER), quiet, idle)),
        **row(r.CLIENT_NOTICE, s, (refused, refused, (s.OPEN, a.DELIVER), quiet, idle)),
        **row(r.PING, s, (refused, refused, (s.OPEN, a.PONG), quiet, idle)),
        **row(r.PONG, s, (refused, refused, (s.OPEN, a.MATCH), quiet, idle)),
        **row(r.BYE, s, (goodbye, goodbye, goodbye, (s.LEAVING, a.GOODBYE), idle)),
        **row(r.GOODBYE, s, (refused, refused, refused, closed, idle)),
        **row(r.FATAL_ERROR, s, (closed, closed, closed, closed, idle)),
        **row(r.ERROR, s, (closed, closed, closed, closed, idle)),
        **row(r.WELCOME, s, no_place),
        **row(r.ANSWER, s, no_place),
        **row(r.SERVER_NOTICE, s, no_place),
        **row(r.END_OF_STREAM, s, (closed, closed, closed, closed, idle)),
    }
    return Table(s, r, cells)


def _client_table() -> Table[ClientState, Received, Action]:
    s, r, a = ClientState, Received, Action
    refused = (s.CLOSED, a.REFUSE)
    closed = (s.CLOSED, a.CLOSE)
    idle = (s.CLOSED, a.NOTHING)
    quiet = (s.LEAVING, a.NOTHING)
    goodbye = (s.CLOSED, a.GOODBYE)
    no_place = (refused, refused, refused, quiet, idle)
    cells = {
        #                        START    AWAIT_WELCOME  OPEN  LEAVING    CLOSED
        **row(r.WELCOME, s, (refused, (s.OPEN, a.MATCH), refused, quiet, idle)),
        **row(r.ANSWER, s, (refused, refused, (s.OPEN, a.MATCH), quiet, idle)),
        **row(r.SERVER_NOTICE, s, (refused, refused, (s.OPEN, a.DELIVER), quiet, idle)),
        **row(r.PING, s, (refused, refused, (s.OPEN, a.PONG), quiet, idle)),
        **row(r.PONG, s, (refused, refused, (s.OPEN, a.MATCH), quiet, idle)),
        **row(r.BYE, s, (goodbye, goodbye, goodbye, (s.LEAVING, a.GOODBYE), idle)),
        **row(r.GOODBYE, s, (refused, refused, refused, closed, idle)),
        **row(r.FATAL_ERROR, s, (closed, closed, closed, closed, idle)),
        **row(r.ERROR, s, (refused, (s.AWAIT_WELCOME, a.MATCH), (s.OPEN, a.MATCH), quiet, idle)),
        **row(r.HELLO, s, no_place),
        **row(r.REQUEST, s, no_place),
        **row(r.CLIENT_NOTICE, s, no_place),
        **row(r.END_OF_STREAM, s, (closed, closed, closed, closed, idle)),
    }
    return Table(s, r, cells)


SERVER_TABLE: Final = _server_table()
CLIENT_TABLE: Final = _client_table()
