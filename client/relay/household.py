# SPDX-License-Identifier: GPL-3.0-or-later
"""A node with its sockets: what the engine holds of relays, in the hub's thread."""

import os
import socket
from collections.abc import Callable
from typing import Final

from client.clock import clock
from client.dial import words
from client.relay.child import Doctor, honest
from client.relay.children import Children
from client.relay.effects import RelayOutbox, Warn
from client.relay.feeding import Feeding
from client.relay.house import House, listen
from client.relay.node import Node
from client.relay.options import RelayOptions
from client.relay.parent_links import ParentLinks
from client.tuning.feeding import Listening

NO_DOOR: Final = "You feed nobody, for port {port} cannot be listened at: {why}."

# Something happened on a connection to another listener; carried out as a step of the conversation.
Act = Callable[[Callable[[float], None]], None]


class Household:
    """Made with the engine; the node is made by the conversation, the sockets in the hub."""

    def __init__(self, options: RelayOptions, *, doctor: Doctor = honest) -> None:
        """Nothing is opened before `open`. `doctor`: see `client.relay.child`."""
        self._options = options
        self._doctor = doctor
        self._outbox = RelayOutbox()
        self._node: Node | None = None
        self._house: House | None = None
        self._parents: ParentLinks | None = None

    def make_node(self, listening: Listening) -> Node:
        """The node of this listener; for the conversation, once."""
        self._node = Node(
            self._outbox,
            listening,
            options=self._options,
            secret=os.urandom,
            now=clock(),
            doctor=self._doctor,
        )
        return self._node

    def open(self, act: Act, *, room: memoryview) -> None:
        """Listen for children, if that is wanted and possible. `room`: see `client.link`."""
        node = self._node
        if node is None:
            return

        def to_parents(step: Callable[[Feeding, float], None]) -> None:
            act(lambda now: step(node.feeding, now))

        def to_children(step: Callable[[Children, float], None]) -> None:
            act(lambda now: step(node.children, now))

        self._parents = ParentLinks(to_parents, room=room)
        sock = self._listen()
        if sock is not None:
            self._house = House(sock, to_children)
            node.listens(self._house.port)

    def work(self, tell: Callable[[str], None], *, now: float) -> None:
        """Do what the latest step wants done; `tell` shows the user a sentence."""
        for effect in self._outbox.take():
            if isinstance(effect, Warn):
                tell(effect.text)
            elif self._parents is not None:
                self._parents.carry_out(effect)
        if self._house is not None and self._node is not None:
            self._house.pump(self._node.children, now)

    def close(self) -> None:
        """Everything; what the kernel has taken still goes out."""
        if self._parents is not None:
            self._parents.close()
        if self._house is not None:
            self._house.close()

    def _listen(self) -> socket.socket | None:
        port = self._options.port
        if port is None:
            return None
        try:
            return listen(port)
        except OSError as error:
            self._outbox.put(Warn(NO_DOOR.format(port=port, why=words(error))))
            return None
