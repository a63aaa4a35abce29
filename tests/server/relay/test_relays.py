# SPDX-License-Identifier: GPL-3.0-or-later
"""How the relays of stations hang together with the sessions and the stations themselves."""

from dataclasses import dataclass, field
from pathlib import Path

import gevent
import pytest

from common.errors import ErrorCode, ProtocolError
from control.relay_messages import Accuse, Parents, Relay, Report
from control.roles import ServerNotice, StationAnswer
from control.station_messages import Tune, Tuned
from server.deadlines import Deadlines
from server.relay.allowed import RelayPlan
from server.relay.relays import Relays
from server.sessions import Session
from server.station.stations import Stations
from tests.server.fakes import FakeControl
from tests.server.station.studio import Studio, open_studio


@dataclass(slots=True, eq=False)
class Control(FakeControl):
    """Keeps the PARENTS."""

    parents: list[Parents] = field(default_factory=list[Parents])

    def notify(self, notice: ServerNotice) -> None:
        if isinstance(notice, Parents):
            self.parents.append(notice)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """A station whose server feeds one listener."""
    studio = open_studio(tmp_path)
    allowed = RelayPlan(fan_out=2, feeds=1)
    studio.stations = Stations([studio.broadcast], relays=allowed, deadlines=Deadlines())
    studio.pass_time(10)
    return studio


def listener(studio: Studio, *, relayed: bool = True) -> tuple[Session, Control, Tuned]:
    """Somebody else tunes in."""
    session, control = studio.session(), Control()
    session.control, session.peer = control, "127.0.0.1"
    return session, control, studio.stations.tune(session, Tune(1, "main", relayed=relayed))


def make_relay(studio: Studio, session: Session) -> None:
    """As if it had been reached."""
    tree = studio.stations.relays.desk("main").tree
    tree.offer(session.id, port=4000, room=2)
    studio.stations.relays.desk("main").listeners[session.id].key = bytes(31) + b"k"


def settle() -> None:
    gevent.sleep(0)
    gevent.sleep(0)


def refusal(relays: Relays, session: Session) -> int:
    """The code of the ERROR that answers RELAY."""
    answers: list[StationAnswer | ProtocolError] = []
    with pytest.raises(ProtocolError) as error:
        relays.relay(session, Relay(), answers.append)
    assert not answers
    return error.value.code


def test_who_is_placed_is_sent_parents_and_no_sound(studio: Studio) -> None:
    first, _, tuned = listener(studio)
    assert not tuned.placed
    make_relay(studio, first)
    second, control, tuned = listener(studio)
    assert tuned.placed
    assert second.tuned is not None
    assert not second.tuned.is_fed
    assert not control.parents
    settle()
    (notice,) = control.parents
    assert [parent.node for parent in notice.parents] == [first.id]


def test_who_does_not_know_relays_is_fed(studio: Studio) -> None:
    first, _, _ = listener(studio)
    make_relay(studio, first)
    _, control, tuned = listener(studio, relayed=False)
    assert not tuned.placed
    settle()
    assert not control.parents


def test_who_leaves_is_forgotten(studio: Studio) -> None:
    session, _, _ = listener(studio)
    tree = studio.stations.relays.desk("main").tree
    assert set(tree.nodes) == {session.id}
    studio.stations.left(session)
    studio.stations.left(session)
    assert not tree.nodes


def test_reports_and_accusations_reach_the_tree(studio: Studio) -> None:
    first, _, _ = listener(studio)
    make_relay(studio, first)
    second, _, _ = listener(studio)
    settle()
    tree = studio.stations.relays.desk("main").tree
    studio.stations.report(second, Report(1, first.id, 1, 5000))
    assert tree.nodes[second.id].fed_by == first.id
    studio.stations.relays.accuse(second, Accuse(1, first.id, 1))
    assert tree.nodes[first.id].banned


def test_a_lost_control_connection_is_noted_until_there_is_another(studio: Studio) -> None:
    session, _, _ = listener(studio)
    nodes = studio.stations.relays.desk("main").tree.nodes
    studio.stations.relays.control_lost(session)
    assert [node.lost for node in nodes.values()] == [True]
    session.peer = "127.0.0.2"
    studio.stations.relays.control_back(session)
    (node,) = nodes.values()
    assert not node.lost
    assert node.address is not None
    assert node.address.text == "127.0.0.2"


def test_who_listens_to_nothing_cannot_relay(studio: Studio) -> None:
    relays, stranger = studio.stations.relays, studio.session()
    assert refusal(relays, stranger) == ErrorCode.NOT_TUNED
    relays.control_lost(stranger)
    relays.control_back(stranger)
    relays.report(stranger, Report(1, 0, 1, 0))
    relays.accuse(stranger, Accuse(1, 9, 1))


def test_a_server_without_stations_needs_no_relays(studio: Studio) -> None:
    assert refusal(Stations().relays, studio.session()) == ErrorCode.NO_RELAYS


def test_a_server_that_drains_takes_no_relays(studio: Studio) -> None:
    session, _, _ = listener(studio)
    studio.stations.hand_over()
    assert refusal(studio.stations.relays, session) == ErrorCode.SHUTTING_DOWN


def test_the_operator_asks_for_all_trees(studio: Studio, tmp_path: Path) -> None:
    session, _, _ = listener(studio)
    relays = studio.stations.relays
    (station,) = relays.portraits()["stations"]
    (node,) = station["nodes"]
    assert (station["station"], node["node"]) == ("main", session.id)
    assert node["lag"] > 0  # it is fed, and nothing was sent yet
    relays.answer_in(tmp_path)
    assert (tmp_path / "tree.sock").is_socket()
    relays.close()
    relays.close()
    assert not (tmp_path / "tree.sock").exists()
