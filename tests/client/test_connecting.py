# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's conversation, from nothing to a session."""

import pytest

from client.effects import Close, Connect, Line
from client.lines import UNANSWERED
from client.reports import (
    Activity,
    Connected,
    Disconnected,
    Refused,
    Status,
)
from client.requests import ListTracks, PlayTrack
from common.constants import DEAD_AFTER, FIRST_WINDOW
from common.errors import ErrorCode
from control.events import Closed
from control.music_messages import List, Play
from control.session_messages import Hello
from data.frames import Attach
from tests.client.playbook import Playbook
from tests.client.served import PORT, SESSION, secret, ticket


@pytest.fixture
def book(unconnected: Playbook) -> Playbook:
    return unconnected


class TestConnecting:
    """From nothing to a session."""

    def test_dials_says_hello_and_attaches(self, book: Playbook) -> None:
        assert book.happened() == [Connect(Line.CONTROL)]
        book.accept()
        assert book.happened() == [Hello(1, 1, agent="test/1")]
        book.welcome()
        assert book.happened() == [
            Connected("srv/1", resumed=False),
            Connect(Line.DATA, PORT),
        ]
        book.accept(Line.DATA)
        assert book.happened() == [Attach(SESSION, ticket(1))]
        book.attached()
        assert book.happened() == []

    def test_a_list_that_was_asked_for_before_waits_for_the_session(self, book: Playbook) -> None:
        book.ask(ListTracks(5, "satie"))
        assert book.happened() == [Connect(Line.CONTROL)]
        book.accept()
        book.welcome()
        assert List(query="satie") in book.happened()

    def test_a_play_that_was_asked_for_before_is_sent_before_the_data_connection_is_attached(
        self, book: Playbook
    ) -> None:
        book.ask(PlayTrack(5, 2))
        book.accept()
        book.skip().welcome()
        assert book.happened() == [
            Connected("srv/1", resumed=False),
            Connect(Line.DATA, PORT),
            Play(2, 1, window=FIRST_WINDOW),
        ]
        book.stream()
        book.skip().accept(Line.DATA)
        book.attached()
        book.pump()
        assert book.audio == book.tracks[2].audio[: len(book.audio)] != b""
        book.skip()

    def test_only_the_newest_play_waits(self, book: Playbook) -> None:
        book.ask(PlayTrack(5, 2))
        book.ask(PlayTrack(6, 1))
        assert book.happened() == [
            Connect(Line.CONTROL),
            Refused(5, "", "Track 2 gives way to track 1."),
        ]
        book.accept()
        book.welcome()
        assert book.sent(Play) == [Play(1, 1, window=FIRST_WINDOW)]
        book.skip()

    def test_no_server_ends_it_with_a_sentence(self, book: Playbook) -> None:
        book.ask(ListTracks(5))
        book.skip().hear(lambda now: book.client.control_failed("Cannot reach it.", now=now))
        reason = "Cannot reach it."
        assert book.happened() == [
            Close(Line.CONTROL),
            Refused(5, "", UNANSWERED),
            Disconnected(reason, error=True),
        ]
        book.passes(1000)

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            (ErrorCode.BUSY, "The server has no room at the moment (no)."),
            (ErrorCode.VERSION, "The server speaks another version of Antiphon (no)."),
            (ErrorCode.NO_SUCH_SESSION, "No."),
        ],
    )
    def test_a_server_that_does_not_want_us(
        self, book: Playbook, code: ErrorCode, words: str
    ) -> None:
        book.accept()
        book.skip().refuse(Hello, code)
        assert book.happened()[-1] == Disconnected(words, error=True)

    def test_a_server_that_says_nothing(self, book: Playbook) -> None:
        book.accept()
        book.skip().passes(DEAD_AFTER - 0.1)
        assert book.happened() == []
        book.passes(0.2)
        reason = "The server accepted the connection and says nothing."
        assert book.happened()[-1] == Disconnected(reason, error=True)

    def test_a_server_that_speaks_tls(self, book: Playbook) -> None:
        book.accept()
        alert = bytes.fromhex("15030300020246")
        book.skip().hear(lambda now: book.client.control_received(alert, now=now))
        reason = "radio.example:8080 speaks TLS: give --tls, --ca or --fingerprint."
        assert book.happened() == [Close(Line.CONTROL), Disconnected(reason, error=True)]

    def test_what_only_looks_like_tls_in_the_middle(self, book: Playbook) -> None:
        book.accept()
        book.skip()
        book.hear(lambda now: book.client.control_received(b"\x00", now=now))
        book.hear(lambda now: book.client.control_received(bytes.fromhex("1503"), now=now))
        assert book.happened() == []

    def test_a_peer_that_is_no_antiphon_server(self, book: Playbook) -> None:
        book.accept()
        page = b"HTTP/1.1 400 Bad Request\r\n\r\n"
        book.skip().hear(lambda now: book.client.control_received(page, now=now))
        (told, close, gone) = book.happened()
        assert isinstance(told, Closed)
        assert told.code == ErrorCode.TOO_LARGE
        assert close == Close(Line.CONTROL, linger=True)
        assert isinstance(gone, Disconnected)
        assert gone.reason == "radio.example:8080 does not speak Antiphon."

    def test_another_session_than_the_one_to_resume(self, book: Playbook) -> None:
        book.connect().lose(Line.CONTROL)
        book.passes(0)
        book.accept()
        book.session += 1
        book.skip().welcome(resumed=True)
        assert isinstance(book.happened()[-1], Disconnected)

    def test_status_on_the_way(self, book: Playbook) -> None:
        def status() -> Status:
            return book.client.snapshot(now=book.now).status

        assert status() == Status(Activity.CONNECTING, linked=False)
        book.connect()
        assert status() == Status(Activity.STOPPED, linked=True)
        book.ask(PlayTrack(1, 1))
        assert status().activity is Activity.BUFFERING
        book.skip()


def test_every_welcome_brings_a_new_secret() -> None:
    book = Playbook().connect()
    book.lose(Line.CONTROL)
    book.passes(0)
    book.accept()
    assert book.happened()[-1] == Hello(1, 1, SESSION, secret(1), "test/1")
