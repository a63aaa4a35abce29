# SPDX-License-Identifier: GPL-3.0-or-later
"""A sentence for every wrong option, on the command line and in the file."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from common.constants import MAX_STATIONS
from common.small_file import NO_FILE
from server.option_values import LONGEST
from server.options import MOST_BYTES, OptionsError, read_file
from tests.server.parsed import config, refusal


def test_more_stations_than_can_be(toml: Callable[[str], str]) -> None:
    names = [f"{number}" for number in range(MAX_STATIONS + 1)]
    assert len(config("--config", toml(f"station = {names[1:]}"), "music").stations) == MAX_STATIONS
    assert "too many" in refusal("--config", toml(f"station = {names}"), "music")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "folder"),
        (("8080",), "folder"),
        (("65536", "music"), "PORT"),
        (("1", "2", "3"), "3"),
        (("./my music", "8080"), "PORT goes before FOLDER: antiphon-server 8080 './my music'"),
        (("80a", "music"), "PORT must be a whole number from 0 to 65535, not 80a"),
        (("my", "music"), "quotes"),
        (("8080", "my", "music"), "quotes"),
        (("my", "own", "music"), "quotes"),
        (("\u0668\u0660", "music"), "PORT"),
        (("99999999999", "music"), "PORT"),
        (("--grace", "\u0665", "music"), "--grace"),
        (("--grace", "1_0", "music"), "--grace"),
        (("--data-ports", "\u0665-\u0669", "music"), "--data-ports"),
        (("--host", "", "music"), "--host: an address is wanted, not nothing (a variable"),
        (("--host", " ", "music"), "--host"),
        (("--state", "", "music"), "--state: a folder is wanted, not nothing (a variable"),
        (("--users", "", "music"), "--users: a file is wanted, not nothing (a variable"),
        (("--certificate", "", "music"), "--certificate: a file is wanted"),
        (("--certificate", "c", "--key", " ", "music"), "--key: a file is wanted"),
        (("--config", ""), "--config: a file is wanted, not nothing (a variable"),
        (("--wrong", "music"), "--wrong"),
        (("--grace",), "--grace"),
        (("--grace", "x", "music"), "--grace"),
        (("--grace", "-1", "music"), "--grace"),
        (("--grace", "1.5", "music"), "--grace"),
        (("--grace", "65536", "music"), "--grace"),
        (("--heartbeat", "0", "music"), "--heartbeat"),
        (("--heartbeat", "60", "music"), "heartbeat"),
        (("--max-sessions", "0", "music"), "--max-sessions"),
        (("--data-ports", "9-3", "music"), "--data-ports"),
        (("--data-ports", "0-3", "music"), "--data-ports"),
        (("--data-ports", "x", "music"), "--data-ports"),
        (("--data-ports", "1-65536", "music"), "--data-ports"),
        (("--config", "/nowhere/antiphon.toml"), "/nowhere/antiphon.toml"),
        (("--station", "", "music"), "needs a name"),
        (("--station", "=Jazz", "music"), "needs a name"),
        (("--station", "jazz=", "music"), "jazz alone"),
        (("--station", "a", "--station", "a=b", "music"), "two stations are called a"),
        (("--station", "a\nb", "music"), "one line"),
        (("--station", " a", "music"), "one line"),
        (("--station", "\N{EURO SIGN}" * 22, "music"), "at most 64 bytes"),
        (("--station-store", "127.0.0.1", "music"), "redis://"),
        (("--station-store", "http://x", "music"), "redis://"),
        (("--station-store", "unix://", "music"), "unix://"),
        (("--metrics", "localhost", "music"), "HOST:PORT"),
        (("--metrics", "65536", "music"), "HOST:PORT"),
        (("--metrics", "a\0b:1", "music"), "HOST:PORT"),
    ],
)
def test_a_wrong_command_line_gets_a_sentence(arguments: tuple[str, ...], word: str) -> None:
    assert word in refusal(*arguments)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("grace = 1.5", "grace"),
        ("grace = true", "grace"),
        ("grace = [1]", "grace"),
        ('grace = "x"', "grace"),
        ("host = 5", "host"),
        ("station = 5", "list of texts"),
        ("station = [5]", "text in quotes"),
        ("station = {a = 1}", "list of texts"),
        ("port = 65536", "port"),
        ("folder = 5", "folder"),
        ('verbose = "no"', "verbose"),
        ("verbose = 1", "verbose"),
        ("data-ports = [1, 2]", "data-ports"),
        ("data_ports = 5", "data_ports"),
        ("max-session = 5", "max-session"),
        ("config = 'x'", "config"),
        ("[limits]\nsessions = 5", "limits"),
        ("grace 5", "TOML"),
        ("grace = 5\ngrace = 6", "TOML"),
        ("grace = " + "[" * 5000, "nested too deeply"),
        ("grace = " + "9" * 5000, "TOML"),
        ("grace = 0x" + "9" * 5000, "a whole number"),
        ('folder = "a\\u0000b"', "without a NUL"),
        ('state = "\\u0000"', "without a NUL"),
    ],
)
def test_a_wrong_file_gets_a_sentence(toml: Callable[[str], str], content: str, word: str) -> None:
    path = toml(content)
    text = refusal("--config", path, "music")
    assert word in text
    assert path in text


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(OptionsError, match=r"x\.toml"):
        read_file(tmp_path / "x.toml")
    with pytest.raises(OptionsError):
        read_file(tmp_path)


def test_a_file_that_has_no_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        assert refusal("--config", str(path), "music") == f"cannot read {path}: {NO_FILE}"


def test_a_file_that_is_too_large(toml: Callable[[str], str]) -> None:
    path = toml("#" * (MOST_BYTES + 1))
    assert refusal("--config", path, "music") == f"cannot read {path}: it has more than 1 MiB"


@pytest.mark.parametrize(
    ("key", "meant"), [("graze", "grace"), ("data_ports", "data-ports"), ("Port", "port")]
)
def test_an_unknown_key_is_told_the_nearest_one(
    toml: Callable[[str], str], key: str, meant: str
) -> None:
    text = refusal("--config", toml(f"{key} = 5"), "music")
    assert f"unknown key {key}: did you mean {meant}? (--help shows all options)" in text


def test_an_unknown_key_that_is_like_none(toml: Callable[[str], str]) -> None:
    text = refusal("--config", toml("zzzzzz = 5"), "music")
    assert text.endswith("unknown key zzzzzz (--help shows all options)")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--workers", "0"), "--workers: a whole number from 1 to 256 is wanted, not 0"),
        (("--grace", ""), '--grace: a whole number from 0 to 65535 is wanted, not ""'),
        (("--congestion", "../x"), "such as bbr or cubic, not ../x"),
        (("--metrics", "here"), "or 10.0.0.1:9464, not here"),
        (("--data-ports", "a\nb"), "a b is no range of ports"),
        (("--grace", "9" * 500), f"not {'9' * LONGEST}"),
        (("--proxy-protocol", "10.0.0.0/24", "--proxy-protocol", "x"), "x is no address"),
        (("--proxy-protocol", "10.0.0.5/24"), "10.0.0.5/24 is an address within 10.0.0.0/24"),
        (("--heartbeat", "60"), "--heartbeat 60 has to be above 0 and below --dead-after 9"),
    ],
)
def test_a_wrong_value_is_repeated(arguments: tuple[str, ...], said: str) -> None:
    assert said in refusal(*arguments, "music")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("grace = true", "not true"),
        ("grace = 1.5", "not 1.5"),
        ("grace = [1]", "not a list"),
        ("grace = {a = 1}", "not a table"),
        ("grace = 0x" + "9" * 5000, "not one of so many digits"),
        ("data-ports = 0x" + "9" * 5000, "one of so many digits is no range"),
        ("metrics = 0x" + "9" * 5000, "not one of so many digits"),
        ("host = 5", "a text in quotes is wanted, not 5"),
        ('verbose = "no"', "true or false is wanted, not no"),
        ('proxy-protocol = ["10.0.0.0/24", "x"]', "x is no address and no network"),
        ("proxy-protocol = 5", "a list of texts is wanted"),
        ("proxy-protocol = [5]", "a text in quotes is wanted, not 5"),
    ],
)
def test_a_wrong_value_of_the_file_is_repeated(
    toml: Callable[[str], str], content: str, said: str
) -> None:
    assert said in refusal("--config", toml(content), "music")


def test_a_password_is_not_repeated() -> None:
    assert "secret" not in refusal("--station-store", "http://:secret@x", "music")


def test_an_empty_folder_is_none_and_not_the_current_one() -> None:
    assert "FOLDER is empty" in refusal("")
    assert "FOLDER is empty" in refusal("8080", "")
    assert "FOLDER is empty" not in refusal("8080")


def test_where_there_is_no_home_a_sentence_tells_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    assert "--state" in refusal("music")
    assert config("--state", "none", "music").state is None


def test_an_unknown_key_cannot_forge_a_line(toml: Callable[[str], str]) -> None:
    text = refusal("--config", toml('"k\\nFORGED\\u001b[31m" = 1'), "music")
    assert "\x1b" not in text


def test_options_are_not_guessed_from_their_beginnings() -> None:
    assert "--verb" in refusal("--verb", "music")
