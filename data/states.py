# SPDX-License-Identifier: GPL-3.0-or-later
"""The data connection's states and those of a stream, as tables (RFC.md, "Data States" ff.)."""

from enum import auto
from typing import Final

from common.table import Symbol, Table, row


class Action(Symbol):
    """What to do with a received frame."""

    NOTHING = auto()
    DELIVER = auto()
    ATTACHED = auto()
    REFUSE = auto()
    CLOSE = auto()


class ServerInput(Symbol):
    """What a server can receive on a data connection."""

    ATTACH = auto()
    OTHER = auto()
    END_OF_STREAM = auto()


class ServerState(Symbol):
    """States of a data connection in the server."""

    AWAIT_ATTACH = auto()
    ATTACHED = auto()
    CLOSED = auto()


class ClientInput(Symbol):
    """What a client can receive on a data connection."""

    ATTACHED = auto()
    STREAM = auto()  # DATA, END, SONG, SEAL
    FAIL_CONNECTION = auto()
    FAIL_STREAM = auto()
    OTHER = auto()
    END_OF_STREAM = auto()


class ClientState(Symbol):
    """States of a data connection in the client."""

    AWAIT_ATTACHED = auto()
    ATTACHED = auto()
    CLOSED = auto()


def _server_table() -> Table[ServerState, ServerInput, Action]:
    s, i, a = ServerState, ServerInput, Action
    refused, idle = (s.CLOSED, a.REFUSE), (s.CLOSED, a.NOTHING)
    closed = (s.CLOSED, a.CLOSE)
    cells = {
        #                                AWAIT_ATTACH                  ATTACHED CLOSED
        **row(i.ATTACH, s, ((s.AWAIT_ATTACH, a.DELIVER), refused, idle)),
        **row(i.OTHER, s, (refused, refused, idle)),
        **row(i.END_OF_STREAM, s, (closed, closed, idle)),
    }
    return Table(s, i, cells)


def _client_table() -> Table[ClientState, ClientInput, Action]:
    s, i, a = ClientState, ClientInput, Action
    refused, idle = (s.CLOSED, a.REFUSE), (s.CLOSED, a.NOTHING)
    closed, deliver = (s.CLOSED, a.CLOSE), (s.ATTACHED, a.DELIVER)
    cells = {
        #                                AWAIT_ATTACHED            ATTACHED CLOSED
        **row(i.ATTACHED, s, ((s.ATTACHED, a.ATTACHED), refused, idle)),
        **row(i.STREAM, s, (refused, deliver, idle)),
        **row(i.FAIL_CONNECTION, s, (closed, closed, idle)),
        **row(i.FAIL_STREAM, s, (refused, deliver, idle)),
        **row(i.OTHER, s, (refused, refused, idle)),
        **row(i.END_OF_STREAM, s, (closed, closed, idle)),
    }
    return Table(s, i, cells)


SERVER_TABLE: Final = _server_table()
CLIENT_TABLE: Final = _client_table()


class SenderState(Symbol):
    """States of a session's sender."""

    IDLE = auto()
    SENDING = auto()
    ENDED = auto()


class SenderInput(Symbol):
    """What moves a sender."""

    PLAY = auto()
    CREDIT = auto()
    STOP = auto()
    ALL_SENT = auto()
    FAILED = auto()
    LOST = auto()


class SenderAction(Symbol):
    """What a sender does."""

    NOTHING = auto()
    START = auto()
    RAISE_LIMIT = auto()
    SEND_END = auto()
    SEND_FAIL = auto()


def _sender_table() -> Table[SenderState, SenderInput, SenderAction]:
    s, i, a = SenderState, SenderInput, SenderAction
    idle, ended = (s.IDLE, a.NOTHING), (s.ENDED, a.NOTHING)
    start = (s.SENDING, a.START)
    cells = {
        #                          IDLE   SENDING                   ENDED
        **row(i.PLAY, s, (start, start, start)),
        **row(i.CREDIT, s, (idle, (s.SENDING, a.RAISE_LIMIT), ended)),
        **row(i.STOP, s, (idle, ended, ended)),
        **row(i.ALL_SENT, s, (idle, (s.ENDED, a.SEND_END), ended)),
        **row(i.FAILED, s, (idle, (s.ENDED, a.SEND_FAIL), ended)),
        **row(i.LOST, s, (idle, ended, ended)),
    }
    return Table(s, i, cells)


class StreamState(Symbol):
    """States of a stream in the client."""

    ASKED = auto()
    RECEIVING = auto()
    COMPLETE = auto()
    OVER = auto()


class StreamInput(Symbol):
    """What moves a stream in the client."""

    STREAM = auto()
    ERROR = auto()
    DATA = auto()
    END = auto()
    FAIL = auto()
    OF_STATION = auto()  # SONG, SEAL
    NEWER = auto()
    STOP = auto()
    LOST = auto()


class StreamAction(Symbol):
    """What the client does for a stream."""

    NOTHING = auto()
    ACCEPT = auto()
    KEEP = auto()
    DELIVER = auto()
    COMPLETE = auto()
    FAIL = auto()
    RESUME = auto()
    REFUSE = auto()


def _stream_table() -> Table[StreamState, StreamInput, StreamAction]:
    s, i, a = StreamState, StreamInput, StreamAction
    over, keep = (s.OVER, a.NOTHING), (s.ASKED, a.KEEP)
    refuse, receiving = (s.OVER, a.REFUSE), s.RECEIVING
    cells = {
        #                     ASKED  RECEIVING  COMPLETE  OVER
        **row(i.STREAM, s, ((receiving, a.ACCEPT), refuse, refuse, over)),
        **row(i.ERROR, s, (over, refuse, refuse, over)),
        **row(i.DATA, s, (keep, (receiving, a.DELIVER), refuse, over)),
        **row(i.END, s, (keep, (s.COMPLETE, a.COMPLETE), refuse, over)),
        **row(i.FAIL, s, (keep, (s.OVER, a.FAIL), refuse, over)),
        **row(i.OF_STATION, s, (refuse, refuse, refuse, over)),
        **row(i.NEWER, s, (over, over, over, over)),
        **row(i.STOP, s, (over, over, over, over)),
        **row(i.LOST, s, (over, (s.OVER, a.RESUME), (s.COMPLETE, a.NOTHING), over)),
    }
    return Table(s, i, cells)


SENDER_TABLE: Final = _sender_table()
STREAM_TABLE: Final = _stream_table()
