# SPDX-License-Identifier: GPL-3.0-or-later
"""Who says HELLO, and who looks whether the password is right."""

from control.events import Answer, Event
from control.message import Message
from control.roles import ClientConnection
from control.session_messages import Hello, Login
from control.states import ServerState
from server.conversation import Conversation
from tests.server.fakes import Desk, FakeControl
from tests.server.users.checking import Scene


class Door:
    """A service that knows its users, and the threads that check passwords."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.scene = Scene(desk.deadlines)
        desk.service.logins = self.scene.logins


class Caller:
    """A client's core and the server's conversation, joined by bytes."""

    def __init__(self, door: Door, address: str = "10.0.0.1") -> None:
        self.door = door
        self.outlet = FakeControl()
        self.conversation = Conversation(
            door.desk.service, self.outlet, address, now=door.scene.now
        )
        self.client = ClientConnection()

    @property
    def state(self) -> ServerState:
        return self.conversation._connection.state  # pyright: ignore[reportPrivateUsage]

    def hello(self, login: Login | None = None, **fields: object) -> list[Event]:
        """Say HELLO; what the client hears at once."""
        self.client.hello(Hello(1, 1, login=login, **fields), now=0)  # type: ignore[arg-type]
        return self.hear(self.client.data_to_send())

    def hear(self, said: bytes | None = None) -> list[Event]:
        """Say something, or nothing; what the client hears of the server."""
        now = self.door.scene.now
        if said is not None:
            self.conversation.receive_data(said, now=now)
        while self.conversation.step(now=now):
            pass
        heard = self.conversation.data_to_send()
        return self.client.receive_data(heard, now=0) if heard else []

    def answer(self) -> Message:
        """What the server has answered meanwhile."""
        assert self.outlet.told[-1:] == [("wake", 0)]
        (event,) = self.hear()
        assert isinstance(event, Answer)
        return event.message
