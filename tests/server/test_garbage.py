# SPDX-License-Identifier: GPL-3.0-or-later
"""The collector is slowed down while the server runs, and no longer."""

import gc
from collections.abc import Callable
from pathlib import Path

import pytest

from server.app import App
from server.garbage import EVERY, collected_seldom
from server.program import main


def test_seldom_and_not_what_was_there_before() -> None:
    before = gc.get_threshold()
    with collected_seldom():
        assert gc.get_threshold() == (EVERY, *before[1:])
        assert gc.get_freeze_count() > 1000
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_as_before_also_behind_an_error() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), collected_seldom():
        raise KeyError
    assert gc.get_threshold() == before


def test_the_server_runs_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    serve = App.run

    def run(app: App, *, reload: Callable[[], None] | None) -> None:
        seen.append(gc.get_threshold()[0])
        app.stop()
        serve(app, reload=reload)

    monkeypatch.setattr(App, "run", run)
    main(["--host", "127.0.0.1", "--state", "none", "0", str(tmp_path)])
    assert seen == [EVERY]
