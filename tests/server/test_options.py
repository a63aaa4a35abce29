# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option by command line and by file, and a sentence for every wrong one."""

import os
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from common.constants import DEFAULT_PORT, MAX_STATIONS
from common.small_file import NO_FILE
from server.config import (
    DEFAULT_DATA_PORTS,
    Config,
    Endpoint,
    Limits,
    PortRange,
    StationPlan,
    Timers,
)
from server.option_table import OPTIONS
from server.option_values import LONGEST
from server.options import MOST_BYTES, OptionsError, parse, read_file

# name: (a value other than the default, as TOML, what becomes of it, where it is found)
EXAMPLES: dict[str, tuple[str, object, Callable[[Config], object]]] = {
    "host": ('"127.0.0.1"', "127.0.0.1", lambda c: c.host),
    "data-ports": ('"5000-5009"', PortRange(5000, 5009), lambda c: c.data_ports),
    "state": ('"/var/lib/antiphon"', Path("/var/lib/antiphon"), lambda c: c.state),
    "users": ('"users"', Path("users"), lambda c: c.users),
    "rescan": ("7", 7, lambda c: c.rescan),
    "station": ('"jazz=Jazz"', (StationPlan("jazz", "Jazz"),), lambda c: c.stations),
    "station-store": ('"rediss://::1/2"', "rediss://::1/2", lambda c: c.station_store),
    "proxy-protocol": ('"10.0.0.0/24"', (ip_network("10.0.0.0/24"),), lambda c: c.proxies),
    "fan-out": ("1", 1, lambda c: c.relays.fan_out),
    "station-feeds": ("0", 0, lambda c: c.relays.feeds),
    "congestion": ('"system"', "system", lambda c: c.congestion),
    "certificate": ('"/etc/c.pem"', Path("/etc/c.pem"), lambda c: c.certificate),
    "key": ('"/etc/k.pem"', Path("/etc/k.pem"), lambda c: c.key),
    "metrics": ('"[::1]:9464"', Endpoint("::1", 9464), lambda c: c.metrics),
    "workers": ("7", 7, lambda c: c.workers),
    "max-sessions": ("7", 7, lambda c: c.limits.sessions),
    "max-sessions-per-address": ("0", 0, lambda c: c.limits.sessions_per_address),
    "max-waiting": ("7", 7, lambda c: c.limits.waiting),
    "max-waiting-per-address": ("0", 0, lambda c: c.limits.waiting_per_address),
    "hello-timeout": ("7", 7, lambda c: c.timers.hello_timeout),
    "ticket-lifetime": ("7", 7, lambda c: c.timers.ticket_lifetime),
    "heartbeat": ("7", 7, lambda c: c.timers.heartbeat),
    "dead-after": ("77", 77, lambda c: c.timers.dead_after),
    "grace": ("0", 0, lambda c: c.timers.grace),
    "idle-timeout": ("7", 7, lambda c: c.timers.idle_timeout),
    "stall-timeout": ("7", 7, lambda c: c.timers.stall_timeout),
    "drain-timeout": ("0", 0, lambda c: c.timers.drain_timeout),
}


def config(*arguments: str) -> Config:
    return parse(arguments).config


def refusal(*arguments: str) -> str:
    with pytest.raises(OptionsError) as error:
        parse(arguments)
    text = str(error.value)
    assert "\n" not in text
    return text


@pytest.fixture
def toml(tmp_path: Path) -> Callable[[str], str]:
    """Writes a file; its name."""

    def write(content: str) -> str:
        path = tmp_path / "antiphon.toml"
        path.write_text(content, encoding="utf-8")
        return str(path)

    return write


def test_there_is_an_example_of_every_option() -> None:
    assert EXAMPLES.keys() == {option.name for option in OPTIONS}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_option_on_the_command_line(name: str) -> None:
    text, value, found = EXAMPLES[name]
    assert found(config(f"--{name}", text.strip('"'), "music")) == value
    assert found(config("music")) != value


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_option_in_the_file(name: str, toml: Callable[[str], str]) -> None:
    text, value, found = EXAMPLES[name]
    path = toml(f'folder = "music"\n{name} = {text}\n')
    assert found(config("--config", path)) == value


def test_links_out_of_the_folder_are_followed_only_where_that_is_said(
    toml: Callable[[str], str],
) -> None:
    assert not config("music").follow_links
    assert config("--follow-links", "music").follow_links
    assert config("--config", toml("follow-links = true"), "music").follow_links


def test_warnings_are_silenced_only_where_that_is_said(toml: Callable[[str], str]) -> None:
    assert not config("music").insecure
    assert config("--insecure", "music").insecure
    assert config("--config", toml("insecure = true"), "music").insecure


def test_a_port_is_shared_only_where_that_is_said(toml: Callable[[str], str]) -> None:
    assert not config("music").reuse_port
    assert config("--reuse-port", "music").reuse_port
    assert config("--config", toml("reuse-port = true"), "music").reuse_port


def test_the_log_is_json_only_where_that_is_said(toml: Callable[[str], str]) -> None:
    assert not parse(["music"]).log_json
    assert parse(["--log-json", "music"]).log_json
    assert parse(["--config", toml("log-json = true"), "music"]).log_json


def test_the_command_line_wins(toml: Callable[[str], str]) -> None:
    path = toml('folder = "a"\nport = 1\ngrace = 1\nheartbeat = 1\nverbose = true')
    parsed = parse(["--config", path, "2", "b", "--grace", "2"])
    assert parsed.config.port == 2
    assert parsed.config.folder == Path("b")
    assert parsed.config.timers.grace == 2
    assert parsed.config.timers.heartbeat == 1
    assert parsed.verbose


def test_the_defaults() -> None:
    made = config("./music")
    assert made.port == DEFAULT_PORT
    assert made.host == ""
    assert made.data_ports == DEFAULT_DATA_PORTS
    assert made.limits == Limits()
    assert made.timers == Timers()
    assert not parse(["music"]).verbose


@pytest.mark.parametrize(
    ("arguments", "port", "folder"),
    [
        (("8080", "./music"), 8080, "music"),
        (("./music",), DEFAULT_PORT, "music"),
        (("0", "music"), 0, "music"),
        (("./8080",), DEFAULT_PORT, "8080"),
        (("8080", "8080"), 8080, "8080"),
        (("8080", "--grace", "5", "music"), 8080, "music"),
        (("--grace", "5", "8080", "music"), 8080, "music"),
        (("8080", "music", "--verbose"), 8080, "music"),
    ],
)
def test_port_and_folder(arguments: tuple[str, ...], port: int, folder: str) -> None:
    made = config(*arguments)
    assert (made.port, made.folder) == (port, Path(folder))


def test_on_loopback_any_data_port_will_do() -> None:
    assert config("--host", "localhost", "music").data_ports is None
    assert config("--host", "localhost", "music").host == "127.0.0.1"
    assert config("--data-ports", "any", "music").data_ports is None
    assert config("--host", "::1", "--data-ports", "7", "music").data_ports == PortRange(7, 7)


def test_several_stations(toml: Callable[[str], str]) -> None:
    plans = (StationPlan("main"), StationPlan("a", "b=c"))
    assert config("--station", "main", "music", "--station", "a=b=c").stations == plans
    assert config("--config", toml('station = ["main", "a=b=c"]'), "music").stations == plans
    assert config("music").stations == ()


def test_more_stations_than_can_be(toml: Callable[[str], str]) -> None:
    names = [f"{number}" for number in range(MAX_STATIONS + 1)]
    assert len(config("--config", toml(f"station = {names[1:]}"), "music").stations) == MAX_STATIONS
    assert "too many" in refusal("--config", toml(f"station = {names}"), "music")


class TestState:
    """Where ids are kept."""

    def test_it_can_be_switched_off(self) -> None:
        assert config("--state", "none", "music").state is None

    def test_each_folder_has_its_own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        one, other = config("music").state, config("other").state
        assert one != other
        assert one == config("./music/../music").state
        assert one is not None
        assert one.is_relative_to(tmp_path)

    def test_without_xdg_it_is_below_home(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("XDG_STATE_HOME", raising=False)
        monkeypatch.setenv("HOME", str(tmp_path))
        state = config("music").state
        assert state is not None
        assert state.is_relative_to(tmp_path / ".local" / "state" / "antiphon")


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


def test_metrics_are_for_this_machine_unless_another_address_is_named(
    toml: Callable[[str], str],
) -> None:
    assert config("music").metrics is None
    assert config("--metrics", "9464", "music").metrics == Endpoint("127.0.0.1", 9464)
    assert config("--config", toml("metrics = 9464"), "music").metrics == Endpoint(
        "127.0.0.1", 9464
    )
    assert str(config("--metrics", "[::]:1", "music").metrics) == "[::]:1"


def test_a_number_may_be_a_text_in_the_file(toml: Callable[[str], str]) -> None:
    assert config("--config", toml('grace = "5"'), "music").timers.grace == 5
    assert config("--config", toml("data-ports = 7"), "music").data_ports == PortRange(7, 7)


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse([option])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert "antiphon-server" in said
    if option == "--help":
        assert all(f"--{option.name}" in said for option in OPTIONS)
        assert all(len(line) <= 100 for line in said.splitlines())


def test_an_empty_folder_is_none_and_not_the_current_one() -> None:
    assert "FOLDER is empty" in refusal("")
    assert "FOLDER is empty" in refusal("8080", "")
    assert "FOLDER is empty" not in refusal("8080")


def test_a_relative_state_home_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    state = config("music").state
    assert state is not None
    assert state.parent == Path("/home/alice/.local/state/antiphon/server")


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
