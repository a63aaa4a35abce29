# SPDX-License-Identifier: GPL-3.0-or-later
"""What the client's side does of its own: requests, the fit of answers, signs of life."""

from dataclasses import replace

import pytest

from common.errors import ErrorCode, MisuseError
from control.connection import UNANSWERED_KEPT
from control.events import Answer, Cause, Closed
from control.framing import Numbered, encode
from control.message import Message
from control.music_messages import Credit, List, Play, Stop, TrackEntry, Tracks
from control.queue_messages import Entries, Queue, QueueEntry
from control.relay_messages import Relay, Relaying
from control.roles import ClientConnection, MusicRequest, StationRequest
from control.session_messages import Bye, Error, Goodbye, Hello, Reopen
from control.states import ClientState
from control.station_messages import Tune, Tuned
from tests.control.examples import DIGEST, HELLO, SECRET, STREAM, WELCOME
from tests.control.peers import client_in, hear, said
from tests.control.station_examples import KEY, STATION_ID

TUNED = Tuned(4, 0, 0, STATION_ID, KEY)
SONG = QueueEntry(1, 2, 3, "a")
REFUSED = (Cause.REFUSED, ErrorCode.MALFORMED)


class TestRequests:
    """What may be asked, and with which numbers."""

    def test_numbers_rise_from_one(self) -> None:
        client = client_in(ClientState.OPEN)
        asked: list[List | Play | Stop | Credit] = [List(), Play(1, 1), Stop(1), Credit(1, 2)]
        assert [client.request(message) for message in asked] == [2, 3, 4, 5]
        assert said(client) == [Numbered(n, message) for n, message in enumerate(asked, 2)]

    @pytest.mark.parametrize(
        "state", [state for state in ClientState if state is not ClientState.OPEN]
    )
    def test_only_in_open(self, state: ClientState) -> None:
        with pytest.raises(MisuseError):
            client_in(state).request(List())

    def test_hello_is_said_once(self) -> None:
        client = client_in(ClientState.AWAIT_WELCOME)
        with pytest.raises(MisuseError):
            client.hello(HELLO, now=0)
        for state in (ClientState.OPEN, ClientState.LEAVING, ClientState.CLOSED):
            with pytest.raises(MisuseError):
                client_in(state).hello(HELLO, now=0)

    def test_answers_in_any_order(self) -> None:
        client = client_in(ClientState.OPEN)
        first, second = client.request(List(0, 5)), client.request(List(5, 5))
        one = Tracks(2, True, False, (TrackEntry(1, 0, "a"),))
        two = Tracks(2, False, False, (TrackEntry(6, 0, "b"),))
        octets = encode(second, two) + encode(first, one)
        assert client.receive_data(octets, now=0) == [
            Answer(List(5, 5), two),
            Answer(List(0, 5), one),
        ]

    def test_bye_before_anything_else(self) -> None:
        client = client_in(ClientState.START)
        client.bye(now=0)
        assert said(client) == [Numbered(1, Bye(0))]
        assert hear(client, 1, Goodbye()) == [Closed(Cause.GOODBYE)]

    def test_a_server_that_leaves(self) -> None:
        client = client_in(ClientState.OPEN)
        gone = Bye(ErrorCode.SHUTTING_DOWN, "stops")
        assert hear(client, 1, gone) == [Closed(Cause.BYE, ErrorCode.SHUTTING_DOWN, "stops")]
        assert said(client) == [Numbered(1, Goodbye())]
        client.bye(now=0)
        client.fail(ErrorCode.INTERNAL, "late")
        assert said(client) == []

    def test_giving_up(self) -> None:
        client = client_in(ClientState.OPEN)
        client.fail(ErrorCode.MALFORMED, "a frame that does not fit")
        error = Error(ErrorCode.MALFORMED, "a frame that does not fit")
        assert said(client) == [Numbered(0, error)]
        assert client.closed


class TestErrorsForWhatHasNoAnswer:
    """STOP and CREDIT: an ERROR may name any of them, at any time, once."""

    def test_one_of_many(self) -> None:
        client = client_in(ClientState.OPEN)
        numbers = [client.request(Credit(1, limit)) for limit in range(5)]
        error = Error(ErrorCode.NO_SUCH_STREAM, "")
        assert hear(client, numbers[3], error) == [Answer(Credit(1, 3), error)]
        assert hear(client, numbers[0], error) == [Answer(Credit(1, 0), error)]

    def test_one_so_old_that_it_is_forgotten_does_no_harm(self) -> None:
        client = client_in(ClientState.OPEN)
        listed = client.request(List())
        numbers = [client.request(Credit(1, n)) for n in range(UNANSWERED_KEPT + 2)]
        error = Error(ErrorCode.NO_SUCH_STREAM, "")
        assert hear(client, numbers[0], error) == []
        assert hear(client, numbers[1], error) == []
        assert hear(client, numbers[2], error) == [Answer(Credit(1, 2), error)]
        # What has an answer is never forgotten.
        empty = Tracks(0, False, False, ())
        assert hear(client, listed, empty) == [Answer(List(), empty)]

    @pytest.mark.parametrize("number", [0, 3, 1000])
    def test_for_no_request(self, number: int) -> None:
        client = client_in(ClientState.OPEN)
        client.request(Credit(1, 1))
        (closed,) = hear(client, number, Error(ErrorCode.NO_SUCH_STREAM, ""))
        assert isinstance(closed, Closed)
        assert (closed.cause, closed.code) == (Cause.REFUSED, ErrorCode.UNEXPECTED)


class TestAnswersFit:
    """An answer of the right type and number can still be wrong."""

    @pytest.mark.parametrize(
        ("hello", "version", "resumed"),
        [
            (HELLO, 2, False),
            (HELLO, 0, False),
            (HELLO, 1, True),
            (Hello(1, 1, 9, SECRET), 1, False),
            (Hello(2, 3), 1, False),
        ],
    )
    def test_welcome(self, hello: Hello, version: int, resumed: bool) -> None:
        client = ClientConnection()
        client.hello(hello, now=0)
        (closed,) = hear(client, 1, replace(WELCOME, version=version, resumed=resumed))
        assert isinstance(closed, Closed)
        assert (closed.cause, closed.code) == REFUSED

    def test_welcome_that_fits(self) -> None:
        client = ClientConnection()
        client.hello(Hello(1, 3, 9, SECRET), now=0)
        resumed = replace(WELCOME, version=2, resumed=True)
        assert hear(client, 1, resumed) == [Answer(Hello(1, 3, 9, SECRET), resumed)]

    @pytest.mark.parametrize(
        ("request_", "answer"),
        [
            (List(5, 9), Tracks(9, False, False, (TrackEntry(5, 0, "a"),))),
            (
                List(0, 1),
                Tracks(9, False, False, (TrackEntry(1, 0, "a"), TrackEntry(2, 0, "b"))),
            ),
            (Play(STREAM.track, STREAM.stream + 1), STREAM),
            (Play(STREAM.track + 1, STREAM.stream), STREAM),
            (Play(STREAM.track, STREAM.stream, digest=bytes(32)), STREAM),
            (Tune(5, "m"), TUNED),
            (Tune(4, "m"), replace(TUNED, placed=True)),
            (Queue(1, 1, "m"), Entries(2, (SONG, SONG))),
            (Queue(1, 9, "m"), Entries(1, ())),
            (Queue(2, 9, "m"), Entries(2, (SONG, SONG))),
            (Queue(2, 9, "m"), Entries(1, (SONG,))),
            (Relay(1, 2), Relaying(3, 0)),
            (Relay(), Relaying(1, 0)),
        ],
    )
    def test_what_does_not(self, request_: MusicRequest | StationRequest, answer: Message) -> None:
        client = client_in(ClientState.OPEN)
        (closed,) = hear(client, client.request(request_), answer)
        assert isinstance(closed, Closed)
        assert (closed.cause, closed.code) == REFUSED

    def test_what_does(self) -> None:
        client = client_in(ClientState.OPEN)
        play = Play(STREAM.track, STREAM.stream, digest=DIGEST)
        assert hear(client, client.request(play), STREAM) == [Answer(play, STREAM)]
        page = Tracks(9, False, False, (TrackEntry(6, 0, "a"),))
        assert hear(client, client.request(List(5, 1)), page) == [Answer(List(5, 1), page)]

    @pytest.mark.parametrize(
        ("request_", "answer"),
        [
            (Tune(4, "m", relayed=True), replace(TUNED, placed=True)),
            (Tune(4, "m", relayed=True), TUNED),
            (Queue(2, 9, "m"), Entries(3, (SONG, SONG))),
            (Queue(2, 1, "m"), Entries(3, (SONG,))),
            (Queue(4, 9, "m"), Entries(3, ())),
            (Queue(1, 9, "m"), Entries(0, ())),
            (Relay(1, 2), Relaying(0, 5)),
        ],
    )
    def test_what_does_about_stations(self, request_: StationRequest, answer: Message) -> None:
        client = client_in(ClientState.OPEN)
        assert hear(client, client.request(request_), answer) == [Answer(request_, answer)]

    def test_an_answer_to_another_kind_of_request(self) -> None:
        client = client_in(ClientState.OPEN)
        for answer in (STREAM, Tracks(0, False, False, ())):
            client = client_in(ClientState.OPEN)
            (closed,) = hear(client, client.request(Reopen()), answer)
            assert isinstance(closed, Closed)
            assert closed.code == ErrorCode.UNEXPECTED
