# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines and configuration files: settings that make sense, or one sentence and status 2."""

import io
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout

from client.option_values import split_address
from client.options import Options, read_options
from client.settings import Settings
from server.option_table import OPTIONS
from server.options import OptionsError, parse
from tests.fuzz.target import Target, as_file, head

_FILE = """\
folder = "/srv/music"
port = 8080
host = "::1"
data-ports = "5000-5009"
congestion = "bbr"
verbose = true
heartbeat = 20
dead-after = 60
"""
_FILES = (
    _FILE,
    *(f'folder = "m"\n{option.name} = 7\n' for option in OPTIONS),
    *(f'folder = "m"\n{option.name} = "none"\n' for option in OPTIONS),
    'folder = ""\nstate = "none"\n',
    'folder = "m"\nport = 0xFF\nrescan = 1e3\n',
    'folder = "m"\n[table]\nwhen = 1979-05-27T07:32:00Z\n',
    "folder = " + "[" * 1500,
    "port = " + "9" * 5000,
    'folder = "a\\u0000b"\n',
)
_SERVER_LINES = (
    "8080 ./music",
    "./music 8080",
    "--data-ports 5000-5009 --host 127.0.0.1 --state none 0 m",
    "--heartbeat 60 --dead-after 60 m",
    "--max-sessions -1 m",
    "--congestion ../x m",
    "-h",
)
_CLIENT_LINES = (
    "localhost 8080",
    "[2001:db8::7]:8080 -c list -c wait --json",
    "[::1",
    "host:0 --start 3",
    "::1 --least 5 --most 4",
    "--read-ahead inf h",
    "--read-ahead nan h",
    "--sink wav:x.wav --history none h",
    "--sink what h",
    "--version",
)
_ENVIRONMENT = {"HOME": "/nowhere", "XDG_STATE_HOME": "/nowhere/state"}


def _server_seeds() -> Iterator[bytes]:
    for content in _FILES:
        yield b"\0" + content.encode()
    for line in _SERVER_LINES:
        yield b"\1" + line.replace(" ", "\n").encode()


def check_server(data: bytes) -> None:
    """OptionsError with a sentence, an orderly exit, or a configuration within all limits."""
    (what,), rest = head(data, 1)
    words = _words(rest) if what % 2 else ["--config", str(as_file(rest))]
    out = io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(out):
            config = parse(words).config
    except OptionsError as refusal:
        assert str(refusal)
        return
    except SystemExit as left:
        assert left.code == 0
        assert out.getvalue()
        return
    assert 0 <= config.port <= 65535
    assert 0 < config.timers.heartbeat < config.timers.dead_after <= 65535
    assert config.limits.sessions > 0


def _client_seeds() -> Iterator[bytes]:
    for line in _CLIENT_LINES:
        yield line.replace(" ", "\n").encode()


def check_client(data: bytes) -> None:
    """An orderly exit with one sentence, or options within all limits."""
    words = _words(data)
    out = io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(out):
            found: Options | None = read_options(words, _ENVIRONMENT)
    except SystemExit as left:
        assert left.code in {0, 2}
        assert out.getvalue()
        found = None
    if found is not None:
        assert 0 < found.port <= 65535
        assert found.host
    for word in words:
        _check_address(word)


def _check_address(word: str) -> None:
    try:
        host, port = split_address(word)
    except ValueError as refusal:
        assert str(refusal)
        return
    assert host
    assert port is None or 0 < port <= 65535
    if not {"[", "]"} & set(host):
        assert split_address(Settings(host, port or 1).server) == (host, port or 1)


def _words(data: bytes) -> list[str]:
    """As a shell would hand them over: no words are longer than a line, and none holds a NUL."""
    text = data.replace(b"\0", b"").decode("utf-8", "surrogateescape")
    return text.split("\n")


TARGETS = (
    Target("server-options", _server_seeds, check_server),
    Target("client-options", _client_seeds, check_client, longest=512),
)
