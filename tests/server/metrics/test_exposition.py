# SPDX-License-Identifier: GPL-3.0-or-later
"""What Prometheus reads after a short session over sockets, and that it can read it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from common.errors import ErrorCode, ProtocolError
from control.framing import Deframer, encode
from control.music_messages import Credit, Play, StartKind, Stop
from control.session_messages import Error, Hello, Welcome
from control.station_messages import Tune
from data.frames import Attach, Attached
from server.config import Limits
from server.doors import ControlDoor, DataDoor
from server.metrics.exposition import Exposition
from server.metrics.metric import METRICS
from server.metrics.readings import of_stations, read
from server.pump import Pump
from tests.e2e.songs import FRAME
from tests.server.fakes import Desk, make_desk
from tests.server.library.files import until
from tests.server.station.studio import Studio, open_studio
from tests.server.wires import read_some, wire

Values = dict[tuple[str, str], float]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path, limits=Limits(waiting=1))


def values(desk: Desk) -> Values:
    """By the name of the sample and its label, if any."""
    exposition = Exposition(lambda: read(desk.service, desk.tracks.tracks))
    families = text_string_to_metric_families(exposition.text().decode())
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_every_metric_is_there_with_its_help_before_anything_happens(desk: Desk) -> None:
    exposition = Exposition(lambda: read(desk.service, desk.tracks.tracks))
    text = exposition.text().decode()
    for metric in METRICS:
        name = metric.samples[0] if metric.kind.value == "counter" else metric.name
        assert f"# HELP {name} {metric.help}\n" in text
        assert f"# TYPE {name} {metric.kind.value}\n" in text
    found = values(desk)
    assert found["antiphon_library_tracks", ""] == 2
    assert found["antiphon_sessions", "connected"] == 0
    assert found["antiphon_sent_bytes_total", ""] == 0
    assert found["antiphon_first_byte_seconds_bucket", "+Inf"] == 0


class Client:
    """A listener over sockets."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        pump = Pump()
        control, self.control = wire()
        self.door = ControlDoor(desk.service, desk.deadlines, pump)
        self.door.accept(control, "10.0.0.1")
        self.number = 0
        welcome = self.ask(Hello(1, 1))
        assert isinstance(welcome, Welcome)
        data, self.data = wire()
        DataDoor(desk.service, desk.deadlines, pump).accept(data, "10.0.0.1")
        self.data.send(Attach(welcome.session, welcome.ticket).encode())
        assert read_some(self.data, 20) == Attached(welcome.session).encode()

    def tell(self, message: Credit | Stop) -> None:
        """A request without an answer."""
        self.number += 1
        self.control.send(encode(self.number, message))

    def ask(self, message: Hello | Play) -> object:
        """The answer."""
        self.number += 1
        self.control.send(encode(self.number, message))
        header = read_some(self.control, 8)
        body = read_some(self.control, int.from_bytes(header[:2], "big"))
        ((_, answer),) = Deframer().feed(header + body)
        return answer

    def close(self) -> None:
        self.control.close()
        self.data.close()


@pytest.fixture
def client(desk: Desk) -> Iterator[Client]:
    made = Client(desk)
    yield made
    made.close()
    until(lambda: not made.door.links)


def test_a_short_session(desk: Desk, client: Client) -> None:
    client.ask(Play(1, 1, StartKind.OFFSET, 0, 10 * FRAME))
    read_some(client.data, 20 + 10 * FRAME)
    found = values(desk)
    assert found["antiphon_sessions", "connected"] == 1
    assert found["antiphon_sessions_begun_total", "opened"] == 1
    assert found["antiphon_streams", "song"] == 1
    assert found["antiphon_streams_begun_total", "song"] == 1
    assert found["antiphon_sent_bytes_total", ""] == 20 + 20 + 10 * FRAME
    assert found["antiphon_first_byte_seconds_count", ""] == 1
    assert found["antiphon_credit_stalls_total", ""] == 0

    client.tell(Credit(1, 20 * FRAME))
    read_some(client.data, 20 + 10 * FRAME)
    assert values(desk)["antiphon_credit_stalls_total", ""] == 1
    assert values(desk)["antiphon_first_byte_seconds_count", ""] == 1

    answer = client.ask(Play(7, 2, StartKind.OFFSET, 0, 10 * FRAME))
    assert isinstance(answer, Error)
    assert answer.code == ErrorCode.NO_SUCH_TRACK
    assert values(desk)["antiphon_errors_total", "NO_SUCH_TRACK"] == 1

    client.tell(Stop(1))
    until(lambda: values(desk)["antiphon_streams", "song"] == 0)
    client.control.close()
    until(lambda: values(desk)["antiphon_sessions", "lost"] == 1)
    assert values(desk)["antiphon_sessions", "connected"] == 0


def test_what_is_no_request_is_an_error_too(desk: Desk, client: Client) -> None:
    client.control.send(b"\xff" * 64)
    until(lambda: desk.service.tally.errors)
    (label,) = [label for name, label in values(desk) if name == "antiphon_errors_total"]
    assert label in ErrorCode.__members__


def test_credit_that_comes_in_time_is_no_stall(desk: Desk, client: Client) -> None:
    session = next(iter(desk.service.sessions))
    desk.service.play(session, Play(1, 1, StartKind.OFFSET, 0, 10 * FRAME))
    desk.service.streams.credit(session, Credit(1, 20 * FRAME))
    assert desk.service.tally.credit_stalls == 0
    with pytest.raises(ProtocolError):
        desk.service.streams.credit(session, Credit(9, 20 * FRAME))
    assert desk.service.tally.credit_stalls == 0


def test_who_is_turned_away_is_counted(desk: Desk) -> None:
    door = ControlDoor(desk.service, desk.deadlines, Pump())
    ends = [wire() for _ in range(2)]
    for server, _ in ends:
        door.accept(server, "10.0.0.1")
    assert desk.service.tally.errors == {ErrorCode.BUSY: 1}
    for link in list(door.links):
        link.drop()
    data, waiting = wire()
    more, turned_away = wire()
    data_door = DataDoor(desk.service, desk.deadlines, Pump())
    data_door.accept(data, "10.0.0.1")
    data_door.accept(more, "10.0.0.1")
    assert desk.service.tally.errors == {ErrorCode.BUSY: 2}
    waiting.send(Attach(1, bytes(16)).encode())
    until(lambda: desk.service.tally.errors[ErrorCode.BAD_TICKET])
    for client in (*(client for _, client in ends), waiting, turned_away):
        client.close()


def test_a_file_that_changes_is_an_error(desk: Desk, client: Client) -> None:
    session = next(iter(desk.service.sessions))
    desk.service.streams.play(session, Play(1, 1, StartKind.OFFSET, 0, 10 * FRAME))
    (desk.tracks.folder / "1.mp3").write_bytes(b"something else")
    assert len(desk.service.streams.next_frames(session, 1 << 20)) == 1
    assert desk.service.tally.errors == {ErrorCode.CHANGED: 1}


def test_a_station_is_a_stream_too(desk: Desk, client: Client, tmp_path: Path) -> None:
    studio = open_studio(tmp_path / "station", songs=2)
    session = next(iter(desk.service.sessions))
    studio.stations.tune(session, Tune(1, "main"))
    desk.service.streams.tuned(session)
    assert values(desk)["antiphon_streams_begun_total", "station"] == 1
    assert values(desk)["antiphon_streams", "station"] == 1
    assert session.tuned is not None
    since = session.asked
    assert since == session.active
    session.tuned.starve()  # another listener feeds it, and the server does not know when
    desk.service.streams.tuned(session)
    assert session.asked is None
    assert values(desk)["antiphon_streams", "station"] == 0
    studio.stations.left(session)


def test_depth_and_lag_of_a_station(tmp_path: Path) -> None:
    studio = open_studio(tmp_path, songs=5)
    studio.pass_time(8)
    session = studio.session()
    studio.stations.tune(session, Tune(1, "main"))
    studio.pass_time(4)
    assert session.tuned is not None
    behind = studio.broadcast.live_edge - session.tuned.next
    assert behind > 0
    assert station(studio, "depth") == station(studio, "fed") == station(studio, "listeners") == 1
    assert station(studio, "lag_seconds") == behind / studio.broadcast.rate()
    node = studio.stations.relays.desk("main").tree.nodes[session.id]
    node.behind = 12_345  # by its own word, which counts more
    assert station(studio, "lag_seconds") == 12_345 / studio.broadcast.rate()


def station(studio: Studio, what: str) -> object:
    """The reading of the one station."""
    ((labels, value),) = of_stations(studio.stations)[f"antiphon_station_{what}"]
    assert labels == ("main",)
    return value
