# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of every end of a connection, whatever it is sent and however that is cut."""

from collections.abc import Iterable
from typing import Any

from common.errors import ProtocolError
from data.connection_end import ConnectionEnd


def outcome(end: ConnectionEnd[Any, Any, Any], pieces: Iterable[bytes]) -> tuple[bool, bool]:
    """Whether it has refused one of the pieces, and whether it is closed behind them."""
    try:
        for piece in pieces:
            end.receive_data(piece)
    except ProtocolError:
        return True, end.closed
    return False, end.closed


def endures(end: ConnectionEnd[Any, Any, Any], pieces: Iterable[bytes]) -> bool:
    """Whether it raises nothing but ProtocolError, and once only: then it is closed, and deaf."""
    for piece in pieces:
        try:
            end.receive_data(piece)
        except ProtocolError:
            return end.closed and end.receive_data(piece) == []
    return True
