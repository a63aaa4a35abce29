# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks on what is somebody else's: tickets and secrets, guessed, used twice, or borrowed."""

import random
import socket

from common.constants import SECRET_SIZE, TICKET_SIZE
from common.errors import ErrorCode
from control.framing import Deframer as ControlDeframer
from control.framing import encode
from control.session_messages import Error, Hello, Welcome
from data.frames import Attach, Attached, Fail
from data.frames import Deframer as DataDeframer
from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Control
from tests.e2e.server_process import PATIENCE
from tests.hostile.peers import Attack, Sessions

ELSEWHERE = "127.0.0.2"
NEAR = 50  # ids before its own that a thief tries: ids are given out in order


def near(session: int, rng: random.Random) -> int:
    """The id of another session that may be there: the honest listener's is among them."""
    return rng.randrange(max(1, session - NEAR), session) if session > 1 else 2


class Thief(Sessions):
    """Shows a ticket at a data port; nobody but a session's own may ever be attached."""

    def show(self, door: Listener, session: int, ticket: bytes) -> None:
        """The answer must be BAD_TICKET."""
        with socket.create_connection(door.data_address, PATIENCE, (ELSEWHERE, 0)) as sock:
            sock.sendall(Attach(session, ticket).encode())
            said = b""
            while piece := sock.recv(4096):
                said += piece
        (answer,) = DataDeframer().feed(said)
        assert not isinstance(answer, Attached), f"a thief is in session {session}"
        assert isinstance(answer, Fail)
        assert answer.code == ErrorCode.BAD_TICKET
        self.deeds += 1


class GuessesTickets(Thief):
    """Any ticket, for any session."""

    def press(self) -> None:
        """Some guesses, at a session's port."""
        door = self.join(attach=False)
        for _ in range(16):
            self._guess(door)

    def _guess(self, door: Listener) -> None:
        session = near(door.session, self.target.rng)
        self.show(door, session, self.target.rng.randbytes(TICKET_SIZE))


class ReplaysTickets(Thief):
    """A ticket that was good once."""

    def press(self) -> None:
        """One is used, and shown again where others attach."""
        door, used = self.join(attach=False), self.join()
        for _ in range(4):
            self.show(door, used.session, used.ticket)
        assert used.tracks().total == self.target.tracks


class BorrowsTickets(Thief):
    """A ticket that is good, for another session."""

    def press(self) -> None:
        """It is shown for every session there may be, and is good for its own after that."""
        door = self.join(attach=False)
        for _ in range(8):
            self.show(door, near(door.session, self.target.rng), door.ticket)
        assert isinstance(door.attach(), Attached)


class GuessesSecrets(Attack):
    """HELLO for the sessions of others, under guessed secrets, many of them on one connection."""

    def press(self) -> None:
        """So many guesses on one connection."""
        rng = self.target.rng
        with Control(self.target.address) as own:
            welcome = own.hello()
            assert isinstance(welcome, Welcome)
            own.bye()
        with socket.create_connection(self.target.address, PATIENCE, (ELSEWHERE, 0)) as sock:
            deframer, answers = ControlDeframer(), 0
            for number in range(1, 33):
                secret = rng.choice((bytes(SECRET_SIZE), rng.randbytes(SECRET_SIZE)))
                session = near(welcome.session, rng)
                sock.sendall(encode(number, Hello(1, 1, session, secret, "thief")))
                while answers < number:
                    piece = sock.recv(4096)
                    assert piece, "more than a guess was refused"
                    for _, answer in deframer.feed(piece):
                        assert isinstance(answer, Error)
                        assert answer.code == ErrorCode.NO_SUCH_SESSION
                        answers += 1
            self.deeds += answers


THIEVES: tuple[type[Attack], ...] = (GuessesTickets, ReplaysTickets, BorrowsTickets, GuessesSecrets)
