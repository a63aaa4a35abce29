# SPDX-License-Identifier: GPL-3.0-or-later
"""Which request is answered by what, once a session is open."""

from collections.abc import Callable
from typing import Any, Final

from common.errors import ProtocolError
from control.message import Message
from control.music_messages import Credit, List, Play, Stop
from control.queue_messages import Now, Queue, Skip
from control.relay_messages import Accuse, Relay, Report
from control.roles import MusicAnswer, StationAnswer
from control.session_messages import Reopen
from control.station_messages import Browse, Enqueue, Tune
from server.service import Service
from server.sessions import Session

Answer = MusicAnswer | StationAnswer | None
Later = Callable[[StationAnswer | ProtocolError], None]


def answer_to(
    service: Service, session: Session, message: Message, later: Later, *, now: float
) -> Answer:
    """Answer a request; raises ProtocolError.

    None: nothing needs to be said, or `later` is called with the answer, once.
    """
    if type(message) in _LATER:
        _LATER[type(message)](service, session, message, later)
        return None
    return _AT_ONCE[type(message)](service, session, message, now)


def obey(service: Service, session: Session, message: Message, *, now: float) -> None:
    """Act on a notice."""
    service.sessions.asked(session, now=now)
    match message:
        case Report():
            service.stations.report(session, message)
        case Accuse():
            service.stations.relays.accuse(session, message)
        case _:
            pass  # the control connection lets no other through


def _list(service: Service, _session: Session, message: List, _now: float) -> Answer:
    return service.streams.list_tracks(message, service.stations.within(message.station))


def _play(service: Service, session: Session, message: Play, _now: float) -> Answer:
    return service.play(session, message)


def _stop(service: Service, session: Session, message: Stop, _now: float) -> Answer:
    service.stop(session, message)
    return None


def _credit(service: Service, session: Session, message: Credit, _now: float) -> Answer:
    service.streams.credit(session, message)
    return None


def _reopen(service: Service, session: Session, _message: Reopen, now: float) -> Answer:
    return service.reopen(session, now=now)


def _browse(service: Service, _session: Session, message: Browse, _now: float) -> Answer:
    return service.stations.browse(message)


def _tune(service: Service, session: Session, message: Tune, _now: float) -> Answer:
    return service.tune(session, message)


def _queue(service: Service, _session: Session, message: Queue, _now: float) -> Answer:
    return service.stations.queue(message)


def _now(service: Service, _session: Session, message: Now, _at: float) -> Answer:
    return service.stations.now(message)


def _enqueue(service: Service, session: Session, message: Enqueue, later: Later) -> None:
    service.stations.enqueue(session, message, later)


def _skip(service: Service, session: Session, message: Skip, later: Later) -> None:
    service.stations.skip(session, message, later)


def _relay(service: Service, session: Session, message: Relay, later: Later) -> None:
    service.stations.relays.relay(session, message, later)


_AT_ONCE: Final[dict[type[Message], Callable[[Service, Session, Any, float], Answer]]] = {
    List: _list,
    Play: _play,
    Stop: _stop,
    Credit: _credit,
    Reopen: _reopen,
    Browse: _browse,
    Tune: _tune,
    Queue: _queue,
    Now: _now,
}

# What others have to be asked for.
_LATER: Final[dict[type[Message], Callable[[Service, Session, Any, Later], None]]] = {
    Enqueue: _enqueue,
    Skip: _skip,
    Relay: _relay,
}
