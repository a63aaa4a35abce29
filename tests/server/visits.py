# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions as tests open them at a desk, without a socket."""

from control.music_messages import Play, StartKind
from control.session_messages import Hello, Welcome
from server.sessions import Session
from tests.server.fakes import Desk, FakeControl, FakeData

NEW = Hello(1, 1)


def greet(desk: Desk, *, now: float = 0.0) -> tuple[Session, Welcome, FakeControl]:
    """A new session; what it is told, and its control connection."""
    control = FakeControl()
    session, welcome = desk.service.greet(NEW, control, "10.0.0.1", now=now)
    return session, welcome, control


def attach(desk: Desk, session: Session, *, now: float = 0.0) -> FakeData:
    """It attaches; its data connection."""
    data = FakeData()
    desk.service.attach(session.id, session.ticket, data, now=now)
    session.data = data
    return data


def play(desk: Desk, session: Session, track: int = 1, window: int = 10_000) -> None:
    """It asks for a song from the beginning."""
    stream = session.sender.newest + 1
    desk.service.streams.play(session, Play(track, stream, StartKind.TIME, 0, window))
