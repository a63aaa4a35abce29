# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGHUP: what can be changed while somebody listens, and what is said of the rest."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from server.option_table import OPTIONS
from server.options import Parsed, parse
from server.reloader import Reloader
from server.reloading import CHANGEABLE, Changes, changes, held

RUNNING: dict[str, object] = {"grace": 60, "host": "", "max-sessions": 10, "port": 1}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, Changes((), ())),
        ({"grace": 5}, Changes(("grace",), ())),
        ({"max-sessions": 5, "grace": 5}, Changes(("grace", "max-sessions"), ())),
        ({"port": 2, "host": "::1"}, Changes((), ("host", "port"))),
        ({"port": 2, "grace": 5}, Changes(("grace",), ("port",))),
    ],
)
def test_what_differs(wanted: dict[str, object], expected: Changes) -> None:
    found = changes(RUNNING, RUNNING | wanted)
    assert found == expected
    after = held(RUNNING, RUNNING | wanted, found)
    assert after == RUNNING | {name: wanted[name] for name in found.now}


def test_all_that_can_change_are_settings() -> None:
    assert {option.name for option in OPTIONS} | {"verbose"} >= CHANGEABLE


class Desk:
    """A configuration file, and what was taken over of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("")
        self.used: list[Parsed] = []
        self.files: list[Callable[[], None]] = []
        self.reloader = Reloader(self.read(), self.read, use=self.used.append, files=self.files)

    def write(self, settings: str) -> None:
        self.path.write_text(f'folder = "music"\n{settings}')

    def read(self) -> Parsed:
        return parse(["--config", str(self.path)])


@pytest.fixture
def desk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Desk:
    caplog.set_level(logging.INFO, "antiphon.server")
    return Desk(tmp_path / "antiphon.toml")


def test_a_limit_changes(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.write("max-sessions = 7\nport = 4")
    desk.reloader.reload()
    assert [parsed.config.limits.sessions for parsed in desk.used] == [7]
    said = "reloaded the configuration; some settings change with a restart only"
    fields = "event=reloaded changed=max-sessions restart=port"
    assert caplog.text == f'<6>msg="{said}" {fields}\n'
    caplog.clear()
    desk.reloader.reload()
    assert caplog.text == f'<6>msg="{said}" event=reloaded restart=port\n'
    desk.write("max-sessions = 7")
    caplog.clear()
    desk.reloader.reload()
    assert caplog.text == '<6>msg="reloaded the configuration" event=reloaded\n'


@pytest.mark.parametrize("wrong", ["grace = -1", "nonsense = 1", "heartbeat = 100", "= ="])
def test_a_wrong_file_changes_nothing(
    desk: Desk, caplog: pytest.LogCaptureFixture, wrong: str
) -> None:
    desk.files.append(lambda: pytest.fail("nothing is read"))
    desk.write(wrong)
    desk.reloader.reload()
    assert desk.used == []
    (line,) = caplog.text.splitlines()
    assert line.startswith('<3>msg="nothing was reloaded" event=not_reloaded reason=')


def test_files_that_it_names_are_read_again(desk: Desk) -> None:
    read: list[int] = []
    desk.files += [lambda: read.append(1), lambda: read.append(2)]
    desk.reloader.reload()
    assert read == [1, 2]
