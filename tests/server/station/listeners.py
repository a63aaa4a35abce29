# SPDX-License-Identifier: GPL-3.0-or-later
"""What a listener of a station asks, and what it is told."""

from collections.abc import Callable

import pytest

from common.errors import ErrorCode, ProtocolError
from control.queue_messages import Now, Skip, Votes
from control.station_messages import Enqueue, Enqueued, Tune
from server.sessions import Session
from server.station.schedule import on_air
from tests.server.station.studio import Studio

Answer = Enqueued | Votes | ProtocolError


def tuned(studio: Studio, stream: int = 1) -> Session:
    """A session that is tuned in."""
    session = studio.session()
    studio.stations.tune(session, Tune(stream, "main"))
    return session


def refusal(ask: Callable[[], object]) -> ErrorCode:
    with pytest.raises(ProtocolError) as error:
        ask()
    return error.value.code


def answer(studio: Studio, ask: Callable[[Callable[[Answer], None]], None]) -> Answer:
    """What the store said."""
    answers: list[Answer] = []
    ask(answers.append)
    assert answers == []
    studio.work()
    (only,) = answers
    return only


def wish(studio: Studio, session: Session, track: int) -> Answer:
    return answer(
        studio, lambda reply: studio.stations.enqueue(session, Enqueue(track, "main"), reply)
    )


def skip(studio: Studio, session: Session, song: int) -> Answer:
    return answer(studio, lambda reply: studio.stations.skip(session, Skip(song, "main"), reply))


def heard(studio: Studio) -> int:
    found = on_air(studio.store.load(), studio.store.now)
    assert found is not None
    return found[0].number


def track_on_air(studio: Studio) -> int:
    return studio.stations.now(Now("main")).track
