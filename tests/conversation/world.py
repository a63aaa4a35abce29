# SPDX-License-Identifier: GPL-3.0-or-later
"""Both sides and what is under way between them; a step moves one thing."""

from tests.conversation.client import Client
from tests.conversation.music import NO_TRACK
from tests.conversation.pipes import Pipe
from tests.conversation.server import Server


class World:
    """Both sides and what is under way between them."""

    def __init__(self) -> None:
        self.server, self.client = Server(), Client()
        self.up, self.down = Pipe(), Pipe()
        self.flush()

    def flush(self) -> None:
        """Send what both control connections want to send."""
        self.up.send(self.client.control.data_to_send())
        self.down.send(self.server.control.data_to_send())

    def control_up(self, size: int) -> bool:
        data = self.up.arrive(size)
        if data:
            self.server.hear(data)
            self.flush()
        return bool(data)

    def control_down(self, size: int) -> bool:
        data = self.down.arrive(size)
        if data:
            self.client.hear(data)
            self.flush()
        return bool(data)

    def data_up(self, size: int) -> bool:
        moved = False
        for link in self.client.links:
            data = link.up.arrive(size)
            if data is not None:
                self.server.hear_data(link, data)
                moved = True
        return moved

    def data_down(self, size: int) -> bool:
        moved = False
        for link in self.client.links:
            data = link.down.arrive(size)
            if data is not None:
                self.client.hear_data(link, data)
                self.flush()
                moved = True
        return moved

    def lose_data(self, lost: int) -> None:
        """The current data connection breaks, and its last bytes are lost both ways."""
        if self.client.link is not None:
            self.client.link.up.cut(lost)
            self.client.link.down.cut(lost)

    def serve(self, budget: int) -> bool:
        had = bool(self.server.requests)
        self.server.act()
        before = self.server.sender.offset, self.server.sender.sending
        self.server.send(max(2000, budget))
        self.flush()
        return had or before != (self.server.sender.offset, self.server.sender.sending)

    def user(self, what: str, size: int) -> None:
        """The client wants something."""
        client = self.client
        if not client.is_open:
            return
        match what:
            case "list":
                client.list_tracks(size % 4, 1 + size % 3)
            case "credit":
                client.credit(size)
            case "stop":
                client.stop()
            case "resume" if client.to_resume is not None and client.attached:
                client.resume(size)
            case "play" if client.may_play():
                client.play(1 + size % 3, size)
            case "play nothing" if client.may_play():
                client.play(NO_TRACK, size)
            case "seek" if client.may_play():
                client.play(1 + size % 2, size, start_ms=size % 400)
            case _:
                pass
        self.flush()

    def step(self, what: str, size: int) -> None:
        moves = {
            "control up": self.control_up,
            "control down": self.control_down,
            "data up": self.data_up,
            "data down": self.data_down,
            "serve": self.serve,
        }
        if what in moves:
            moves[what](size)
        elif what == "lose":
            self.lose_data(size)
        elif what == "break":
            self.server.break_file()
        else:
            self.user(what, size)
        self.check()

    def check(self) -> None:
        assert self.client.closed is None, self.client.closed
        assert self.server.closed is None, self.server.closed

    def settle(self) -> None:
        """Let everything that is under way arrive."""
        moved = True
        while moved:
            moves = (self.control_up, self.serve, self.control_down, self.data_up, self.data_down)
            moved = True in [move(1 << 20) for move in moves]
            self.check()
