# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks: where the password comes from, and over which connections it goes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from client.effects import Close, Connect, Line
from client.login import VARIABLE, LoginError, is_loopback, read_login, user_name
from client.program import main
from client.relay.options import RelayOptions
from client.reports import Connected, Disconnected, LinkLost
from client.sentences import IN_THE_CLEAR
from client.settings import Settings
from client.sinks import SinkError
from common.errors import ErrorCode
from control.session_messages import Hello, Login
from tests.client.playbook import SETTINGS, Playbook
from tests.client.served import SESSION, secret

ALICE = Login("alice", "geheim")
HELLO = Hello(1, 1, agent="test/1", login=ALICE)


def never(prompt: str) -> str:
    raise AssertionError


def said(call: Callable[[], object]) -> str:
    with pytest.raises(LoginError) as error:
        call()
    text = str(error.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


class TestPassword:
    """Of the file, else of the environment, else as it is typed."""

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        path = tmp_path / "password"
        path.write_bytes("of the file ü\r\nno more\n".encode())
        return path

    def test_the_order(self, file: Path) -> None:
        environment = {VARIABLE: "of the environment"}
        found = read_login("alice", file, environment, never)
        assert found == Login("alice", "of the file ü")
        assert read_login("alice", None, environment, never).password == "of the environment"
        asked: list[str] = []

        def ask(prompt: str) -> str:
            asked.append(prompt)
            return "typed"

        assert read_login("alice", None, {}, ask).password == "typed"
        assert asked == ["Password of alice: "]

    def test_without_any_it_says_what_to_do(self) -> None:
        text = said(lambda: read_login("alice", None, {}, None))
        assert all(word in text for word in ("alice", "--password-file", VARIABLE, "terminal"))

    @pytest.mark.parametrize("error", [EOFError, OSError])
    def test_nothing_typed(self, error: type[Exception]) -> None:
        def ask(prompt: str) -> str:
            raise error

        assert said(lambda: read_login("alice", None, {}, ask)) == "No password was given."

    @pytest.mark.parametrize("password", ["", "a\tb", "\x1b", "x" * 256, "ü" * 128, "\udcff"])
    def test_what_cannot_be_sent(self, password: str, tmp_path: Path) -> None:
        text = said(lambda: read_login("alice", None, {VARIABLE: password}, None))
        assert text.startswith("A password has 1 to 255 bytes")
        assert not password or password not in text

    def test_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        text = said(lambda: read_login("alice", tmp_path / "none", {}, never))
        assert (
            text == f"The password cannot be read from {tmp_path}/none: No such file or directory."
        )
        (tmp_path / "bytes").write_bytes(b"\xff\n")
        assert said(lambda: read_login("alice", tmp_path / "bytes", {}, never))
        (tmp_path / "long").write_bytes(b"x" * 10_000)
        assert said(lambda: read_login("alice", tmp_path / "long", {}, never))

    def test_it_is_in_no_words_about_it(self) -> None:
        assert "geheim" not in repr(replace(SETTINGS, login=ALICE))


@pytest.mark.parametrize("name", ["", "ü" * 33, "a\nb", "\udcff"])
def test_names_that_cannot_be_sent(name: str) -> None:
    with pytest.raises(ValueError, match="a name has"):
        user_name(name)
    assert user_name("ü" * 32) == "ü" * 32


@pytest.mark.parametrize(
    ("address", "stays"),
    [
        *(("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True)),
        *(("192.0.2.7", False), ("::ffff:192.0.2.7", False), ("fe80::1%eth0", False)),
        *(("localhost", False), ("", False)),  # names tell nothing of where they lead
    ],
)
def test_what_stays_on_this_machine(address: str, *, stays: bool) -> None:
    assert is_loopback(address) is stays


@pytest.fixture
def book() -> Iterator[Playbook]:
    playbook = Playbook(replace(SETTINGS, login=ALICE))
    assert playbook.happened() == [Connect(Line.CONTROL)]
    yield playbook
    playbook.over()


class TestHello:
    """RFC.md, "Users": the client's part."""

    def test_a_new_session_is_asked_for_by_name(self, book: Playbook) -> None:
        book.accept()
        assert book.happened() == [HELLO]

    def test_a_session_that_goes_on_is_proven_by_its_secret(self, book: Playbook) -> None:
        book.accept()
        book.welcome()
        book.lose(Line.CONTROL)
        book.passes(0)
        book.skip()
        book.accept()
        assert book.happened() == [Hello(1, 1, SESSION, secret(1), "test/1")]

    def test_a_server_that_was_restarted_is_told_again(self, book: Playbook) -> None:
        book.accept()
        book.welcome()
        book.lose(Line.CONTROL)
        book.passes(0)
        book.accept()
        book.skip()
        book.refuse(Hello, ErrorCode.NO_SUCH_SESSION)
        assert book.happened() == [HELLO]
        book.session = SESSION + 1
        book.welcome()
        assert Connected("srv/1", resumed=False) in book.happened()

    def test_where_others_can_read_it_nothing_is_sent(self, book: Playbook) -> None:
        book.is_private = False
        book.accept()
        assert book.happened() == [Close(Line.CONTROL), Disconnected(IN_THE_CLEAR, error=True)]

    def test_nor_by_a_server_that_has_moved_there(self, book: Playbook) -> None:
        book.accept()
        book.welcome()
        book.lose(Line.CONTROL)
        book.passes(0)
        book.is_private = False
        book.accept()  # the session is asked for by its secret
        book.skip()
        book.refuse(Hello, ErrorCode.NO_SUCH_SESSION)
        happened = book.happened()
        assert book.control.data_to_send() == b""
        assert Disconnected(IN_THE_CLEAR, error=True) in happened
        assert HELLO not in happened

    def test_unless_its_user_insists(self) -> None:
        book = Playbook(replace(SETTINGS, login=ALICE, insecure=True))
        book.is_private = False
        book.skip().accept()
        assert book.happened() == [HELLO]

    def test_without_a_password_there_is_nothing_to_hide(self) -> None:
        book = Playbook()
        book.is_private = False
        book.skip().accept()
        assert book.happened() == [Hello(1, 1, agent="test/1")]

    @pytest.mark.parametrize(
        ("code", "sentence"),
        [
            (
                ErrorCode.LOGIN_NEEDED,
                "The server serves only users that it knows: give --user NAME (no).",
            ),
            (
                ErrorCode.LOGIN_FAILED,
                "The server knows no such user with this password (no).",
            ),
        ],
    )
    def test_who_is_not_let_in_gives_up(
        self, book: Playbook, code: ErrorCode, sentence: str
    ) -> None:
        book.accept()
        book.skip().refuse(Hello, code)
        assert book.happened() == [Close(Line.CONTROL), Disconnected(sentence, error=True)]

    def test_so_does_who_is_let_in_no_more(self, book: Playbook) -> None:
        book.accept()
        book.welcome()
        book.lose(Line.CONTROL)
        book.passes(0)
        book.accept()
        book.refuse(Hello, ErrorCode.NO_SUCH_SESSION)
        book.skip().refuse(Hello, ErrorCode.LOGIN_FAILED)
        assert [type(one) for one in book.happened()][-1] is Disconnected

    def test_who_finds_too_many_before_comes_again(self, book: Playbook) -> None:
        book.accept()
        book.welcome()
        book.lose(Line.CONTROL)
        book.passes(0)
        book.accept()
        book.refuse(Hello, ErrorCode.NO_SUCH_SESSION)
        book.skip().refuse(Hello, ErrorCode.BUSY)
        assert isinstance(book.happened()[-1], LinkLost)
        book.passes(30)
        assert Connect(Line.CONTROL) in book.happened()


def test_what_the_command_line_says_reaches_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Settings] = []

    def no_engine(settings: Settings, sink: object, on_report: object) -> NoReturn:
        seen.append(settings)
        raise SinkError("That is enough.")

    def leave_alone(number: int, handler: object) -> None:
        """Signals are this process's own."""

    monkeypatch.setattr("signal.signal", leave_alone)
    monkeypatch.setenv(VARIABLE, "geheim")
    script = ["-c", "list", "--sink", "null", "h"]
    assert main(script, no_engine) == 1
    assert main(["--user", "alice", *script], no_engine) == 1
    assert main(["--user", "alice", "--insecure", "--relay", *script], no_engine) == 1
    assert [(one.login, one.insecure, one.relay) for one in seen] == [
        (None, False, None),
        (ALICE, False, None),
        (ALICE, True, RelayOptions(0)),
    ]
