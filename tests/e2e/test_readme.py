# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's commands, run as they stand there, one after the other.

Other ports, this machine instead of music.example, the fingerprint that was printed instead of the
README's, and a sink that need not be heard are all that is changed.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.server.wires import free_ports

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE: Final = 60.0  # seconds; a net under a hang
PASSWORD: Final = "correct horse"
PORTS: Final = ("8080", "8443", "8081", "6380")

# What continuous integration runs itself, what only prepares a shell, and what tests/deploy runs.
ELSEWHERE: Final = {"script/demo", "script/test", "script/setup", "source .venv/bin/activate"}
DEPLOYING: Final = "python -m deploy "

FAR: Final = "music.example"  # a server somewhere else
FOLDERS: Final = ("./music", "~/Music")


def commands() -> list[str]:
    """What stands behind a prompt, without its comments."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [
        line[2:].split("  #")[0].strip()
        for block in blocks
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


def done(words: Sequence[str], *, told: str, folder: Path, environment: Mapping[str, str]) -> str:
    """What a command says that is told this; AssertionError where it fails."""
    ended = subprocess.run(
        words,
        input=told,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, (words, ended.stdout, ended.stderr)
    return ended.stdout + ended.stderr


class Reader:
    """Somebody who types what the README says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "music").symlink_to(ROOT / "music")
        self._home = folder / "home"
        self._home.mkdir()
        shutil.copytree(ROOT / "music", self._home / "Music")
        free = free_ports(len(PORTS)).low
        self._ports = {port: str(free + number) for number, port in enumerate(PORTS)}
        self._fingerprint = ""
        self._servers: dict[str, subprocess.Popen[str]] = {}  # by their ports

    def type(self, command: str) -> None:
        """Run it; a server stays until the next one there. AssertionError where it fails."""
        serving = command.endswith(FOLDERS)
        words = self._words(command)
        if words[0] == "redis-server":
            self._serve(words[words.index("--port") + 1], words, r"eady to accept connections")
            return
        if words[2] == "server" and serving and words[3] != "tree":
            self._serve(words[-2], words, r"\b3 tracks\b")  # it has read them all
            return
        told = {"user": f"{PASSWORD}\n", "client": "list\nquit\n"}
        said = done(
            words,
            told=next((told[word] for word in words if word in told), ""),
            folder=self._folder,
            environment=self._environment(),
        )
        found = re.search(r"--fingerprint (\S+)", said)
        self._fingerprint = found[1] if found else self._fingerprint

    def stop(self) -> None:
        """End the servers."""
        for port in list(self._servers):
            self._end(port)

    def _end(self, port: str) -> None:
        server = self._servers.pop(port, None)
        if server is not None:
            server.kill()
            server.communicate()

    def _words(self, command: str) -> list[str]:
        for port, ours in self._ports.items():
            command = re.sub(rf"\b{port}\b", ours, command)
        words = shlex.split(command)
        if words[0] == "redis-server":
            return words
        assert words[:2] == ["python", "-m"], f"nobody runs {command!r}"
        words[0] = sys.executable
        words = [re.sub(r"^~", str(self._home), word) for word in words]
        if "--fingerprint" in words:
            words[words.index("--fingerprint") + 1] = self._fingerprint
        if words[2] == "client":
            words = ["127.0.0.1" if word == FAR else word for word in words]
            if "--sink" not in words:
                words[3:3] = ["--sink", "raw:/dev/null"]
        return words

    def _environment(self) -> dict[str, str]:
        changed = {"HOME": str(self._home), "PYTHONPATH": str(ROOT), "ANTIPHON_PASSWORD": PASSWORD}
        kept = {name: text for name, text in os.environ.items() if name != "XDG_STATE_HOME"}
        return kept | changed

    def _serve(self, port: str, words: list[str], ready: str) -> None:
        self._end(port)
        server = self._servers[port] = subprocess.Popen(
            words,
            cwd=self._folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = ""
        for line in server.stdout or ():
            said += line
            if re.search(ready, line):
                return
        raise AssertionError(said)


@contextmanager
def reading(folder: Path) -> Generator[Reader]:
    reader = Reader(folder)
    try:
        yield reader
    finally:
        reader.stop()


@pytest.mark.timeout(180)
def test_every_command_of_the_readme_does_what_it_is_there_for(tmp_path: Path) -> None:
    found = commands()
    assert set(found) >= ELSEWHERE
    with reading(tmp_path) as reader:
        for command in found:
            if command not in ELSEWHERE and not command.startswith(DEPLOYING):
                reader.type(command)
    assert (tmp_path / "song.wav").stat().st_size > 1_000_000
    assert (tmp_path / "home" / "antiphon-tls" / "certificate.pem").exists()
    assert "alice" in (tmp_path / "users").read_text(encoding="utf-8")
