# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGHUP while a server starts."""

import signal
from pathlib import Path

import pytest

from tests.e2e.innocent import Music
from tests.e2e.server_process import ServerProcess, running_server
from tests.e2e.signal_at_import import signal_at_import

MODULES = ("server.program", "gevent", "server.users.command")


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("workers", [1, 2])
def test_it_reads_the_configuration_again_when_it_serves(
    music: Music, tmp_path: Path, module: str, workers: int
) -> None:
    file = tmp_path / "antiphon.toml"
    file.write_text(f"workers = {workers}\n")
    options = ("--config", str(file))
    prefix = signal_at_import(signal.SIGHUP, module)
    with running_server(music.folder, *options, prefix=prefix) as server:
        server.says("event=reloaded")
        assert server.stop() == 0
    listens, reloads = (
        next(at for at, line in enumerate(server.lines) if text in line)
        for text in ("listening on", "event=reloaded")
    )
    assert workers > 1 or listens < reloads


def test_without_a_configuration_it_is_the_end(music: Music) -> None:
    prefix = signal_at_import(signal.SIGHUP, "server.program")
    with pytest.raises(AssertionError, match=r"the server did not start: \[\]"):
        ServerProcess(music.folder, "--state", "none", prefix=prefix)
    with running_server(music.folder, prefix=("nohup", *prefix)) as server:
        server.signal(signal.SIGHUP)
        assert server.stop() == 0
