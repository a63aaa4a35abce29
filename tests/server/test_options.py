# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option by command line and by file."""

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from common.constants import DEFAULT_PORT
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
from server.options import parse
from tests.server.parsed import config

# name: (a value other than the default, as TOML, what becomes of it, where it is found)
EXAMPLES: dict[str, tuple[str, object, Callable[[Config], object]]] = {
    "host": ('"127.0.0.1"', "127.0.0.1", lambda c: c.host),
    "data-ports": ('"5000-5009"', PortRange(5000, 5009), lambda c: c.data_ports),
    "state": ('"/var/lib/antiphon"', Path("/var/lib/antiphon"), lambda c: c.state),
    "users": ('"users"', Path("users"), lambda c: c.users),
    "rescan": ("7", 7, lambda c: c.rescan),
    "station": ('"jazz=Jazz"', (StationPlan("jazz", "Jazz"),), lambda c: c.stations),
    "station-store": ('"rediss://[::1]/2"', "rediss://[::1]/2", lambda c: c.station_store),
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


ALONE_OF_NO_USE = {"key": "certificate", "station-store": "station"}


def test_there_is_an_example_of_every_option() -> None:
    assert EXAMPLES.keys() == {option.name for option in OPTIONS}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_option_on_the_command_line(name: str) -> None:
    text, value, found = EXAMPLES[name]
    other = ALONE_OF_NO_USE.get(name)
    words = () if other is None else (f"--{other}", EXAMPLES[other][0].strip('"'))
    assert found(config(f"--{name}", text.strip('"'), *words, "music")) == value
    assert found(config("music")) != value


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_option_in_the_file(name: str, toml: Callable[[str], str]) -> None:
    text, value, found = EXAMPLES[name]
    other = ALONE_OF_NO_USE.get(name)
    more = "" if other is None else f"{other} = {EXAMPLES[other][0]}\n"
    path = toml(f'folder = "music"\n{name} = {text}\n{more}')
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


def test_a_relative_state_home_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    state = config("music").state
    assert state is not None
    assert state.parent == Path("/home/alice/.local/state/antiphon/server")
