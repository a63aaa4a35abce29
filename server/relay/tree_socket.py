# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers `python -m server tree` over a socket in the state directory, which only its owner reads.

Whoever connects is sent one JSON object, and the connection is closed.
"""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import gevent
from gevent import Timeout
from gevent import socket as gevent_socket

from server.config import Share
from server.logbook import Logbook
from server.option_values import DIGITS
from server.private_socket import PrivateDoor

EVENTS = Logbook("antiphon.server")

NAME: Final = "tree.sock"
SENDING: Final = 5.0  # seconds for whoever asks to read the answer
AT_ONCE: Final = 8  # who asks while so many read is closed without an answer

Ask = Callable[[], dict[str, Any]]


def name_for(share: Share | None) -> str:
    """What the socket is called; each of several workers has one."""
    return NAME if share is None or share.leads else f"tree-{share.number}.sock"


def sockets_in(state: Path) -> dict[int, Path]:
    """The sockets of all workers that may be there, by their numbers; the first is always named."""
    found = {1: state / NAME}
    for path in state.glob("tree-*.sock"):
        number = path.name.removeprefix("tree-").removesuffix(".sock")
        if DIGITS.fullmatch(number):
            found[int(number)] = path
    return dict(sorted(found.items()))


class TreeSocket:
    """The socket; nobody can ask where it cannot be made, and the log says why."""

    def __init__(self, path: Path, ask: Ask, name: str = NAME) -> None:
        """Listen in `path`, a folder that this server alone uses; `ask` makes the answer."""
        self._ask = ask
        self._readers: set[gevent.Greenlet[..., None]] = set()
        self._door: PrivateDoor | None = None
        try:
            self._door = PrivateDoor(path / name, AT_ONCE, self._accept)
        except OSError as error:
            EVENTS.warning(
                "no_tree_socket",
                "nobody can ask for the tree",
                path=path / name,
                reason=error.strerror or error,
            )

    def close(self) -> None:
        """Nobody can ask any more. May be called again."""
        if self._door is not None:
            self._door.close()
        gevent.killall(list(self._readers))

    def _accept(self, asking: gevent_socket.socket) -> None:
        if len(self._readers) >= AT_ONCE:
            asking.close()
            return
        reader = gevent.spawn(self._answer, asking)
        self._readers.add(reader)
        reader.rawlink(self._readers.discard)

    def _answer(self, asking: gevent_socket.socket) -> None:
        with asking, contextlib.suppress(OSError, Timeout), Timeout(SENDING):
            asking.sendall(json.dumps(self._ask()).encode() + b"\n")
