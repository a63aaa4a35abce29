# SPDX-License-Identifier: GPL-3.0-or-later
"""A control link of the server with the client's end of it."""

from control.framing import Deframer, encode
from control.message import Message
from control.session_messages import Hello
from server.channel import clock
from server.control_link import ControlLink
from server.pump import Pump
from server.transport import PLAIN, Transport
from tests.server.fakes import Desk
from tests.server.tls_wires import client_end
from tests.server.wires import read_all, read_some, wire

HELLO = encode(1, Hello(1, 1))


class End:
    """A control link, and the client's end of it."""

    def __init__(
        self,
        desk: Desk,
        *,
        narrow: bool = False,
        pump: Pump | None = None,
        transport: Transport = PLAIN,
    ) -> None:
        sock, client = wire(narrow=narrow)
        self.desk = desk
        self.greeted: list[ControlLink] = []
        self.gone: list[ControlLink] = []
        self.link = ControlLink(
            sock,
            "10.0.0.1",
            desk.service,
            desk.deadlines,
            pump or Pump(),
            greeted=self.greeted.append,
            gone=self.gone.append,
            transport=transport,
        )
        self.link.begin()
        self.client = client_end(client, transport)

    def next(self) -> Message:
        """The next message."""
        header = read_some(self.client, 8)
        body = read_some(self.client, int.from_bytes(header[:2], "big"))
        ((_, message),) = Deframer().feed(header + body)
        return message

    def rest(self) -> list[Message]:
        """All messages up to the end."""
        return [message for _, message in Deframer().feed(read_all(self.client))]

    def let_time_pass(self) -> None:
        """Everything that is due at any time is done."""
        self.desk.deadlines.run(now=clock() + 1000)
