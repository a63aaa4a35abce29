# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGHUP while a server starts: it comes with an import, so no clock has a part in it."""

import signal
import sys
from pathlib import Path

import pytest

from tests.e2e.innocent import Music
from tests.e2e.server_process import ServerProcess, running_server

# Is the command `python -m server ...` that follows it, and hangs up where that imports a module.
_HANGS_UP = """\
import os, runpy, signal, sys

_, hanging, _python, _m, role, *arguments = sys.argv


class Hanging:
    def find_spec(self, name, path, target=None):
        if name == hanging:
            os.kill(os.getpid(), signal.SIGHUP)
        return None


sys.meta_path.insert(0, Hanging())
sys.argv = [role, *arguments]
runpy.run_module(role, run_name="__main__", alter_sys=True)
"""
MODULES = ("server.program", "gevent", "server.users.command")


def hanging_up(module: str) -> tuple[str, ...]:
    """A prefix of the command."""
    return (sys.executable, "-c", _HANGS_UP, module)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("workers", [1, 2])
def test_it_reads_the_configuration_again_when_it_serves(
    music: Music, tmp_path: Path, module: str, workers: int
) -> None:
    file = tmp_path / "antiphon.toml"
    file.write_text(f"workers = {workers}\n")
    options = ("--config", str(file))
    with running_server(music.folder, *options, prefix=hanging_up(module)) as server:
        server.says("reloaded the configuration: no setting has changed")
        assert server.stop() == 0
    listens, reloads = (
        next(at for at, line in enumerate(server.lines) if text in line)
        for text in ("listening on", "reloaded the configuration")
    )
    assert workers > 1 or listens < reloads


def test_without_a_configuration_it_is_the_end(music: Music) -> None:
    prefix = hanging_up("server.program")
    with pytest.raises(AssertionError, match=r"the server did not start: \[\]"):
        ServerProcess(music.folder, "--state", "none", prefix=prefix)
    with running_server(music.folder, prefix=("nohup", *prefix)) as server:
        server.signal(signal.SIGHUP)
        assert server.stop() == 0
