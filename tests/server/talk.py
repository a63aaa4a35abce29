# SPDX-License-Identifier: GPL-3.0-or-later
"""A control connection of the server, with a client's core at the other end."""

from control.events import Answer, Event
from control.framing import Deframer
from control.message import Message
from control.roles import ClientConnection, MusicRequest, StationRequest
from control.session_messages import Hello
from server.conversation import Conversation
from tests.server.fakes import Desk, FakeControl


class Talk:
    """A client's core and the server's conversation, joined by bytes."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.outlet = FakeControl()
        self.conversation = Conversation(desk.service, self.outlet, "10.0.0.1", now=0.0)
        self.client = ClientConnection()

    def hello(self, session: int = 0, secret: bytes = bytes(16)) -> Message:
        """Say HELLO; the answer."""
        self.client.hello(Hello(1, 1, session, secret), now=0.0)
        return self.answer()

    def ask(self, message: MusicRequest | StationRequest) -> Message:
        """Ask; the answer."""
        self.client.request(message)
        return self.answer()

    def answer(self, *, now: float = 0.0) -> Message:
        (event,) = self.exchange(now=now)
        assert isinstance(event, Answer), event
        return event.message

    def exchange(self, *, now: float = 0.0) -> list[Event]:
        """Everything that is said goes over; what the client makes of it."""
        events: list[Event] = []
        while out := self.client.data_to_send():
            said = self.say(out, now=now)
            if said:
                events += self.client.receive_data(said, now=now)
        return events

    def say(self, data: bytes, *, now: float = 0.0) -> bytes:
        """Bytes for the server; its bytes."""
        self.conversation.receive_data(data, now=now)
        while self.conversation.step(now=now):
            pass
        return self.conversation.data_to_send()

    def last(self, data: bytes, *, now: float = 0.0) -> Message:
        """The last message that the server says to bytes."""
        return [message for _, message in Deframer().feed(self.say(data, now=now))][-1]
