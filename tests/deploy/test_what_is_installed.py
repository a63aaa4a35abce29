# SPDX-License-Identifier: GPL-3.0-or-later
"""What is taken along: the commit and the music; and what it becomes there: units of systemd."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.errors import DeployError
from deploy.hello import Door, greet
from deploy.music import pieces
from deploy.source import ROOT, archive, commit, is_changed
from tests.certificates import papers as make
from tests.e2e.server_process import ServerProcess

UNITS = ROOT / "deploy" / "systemd"
WORST = 1.5  # the exposure that systemd counts for the service


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def test_what_is_not_committed_is_told_and_stays(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "--quiet", "-m", "a")
    assert not is_changed(tmp_path)
    before = archive(commit(tmp_path), tmp_path)
    (tmp_path / "a").write_text("2")
    assert is_changed(tmp_path)
    assert archive(commit(tmp_path), tmp_path) == before


def test_a_folder_that_is_no_checkout_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(DeployError, match="run this in a clone of the project"):
        commit(tmp_path)


def test_the_music_is_what_a_server_plays(tmp_path: Path) -> None:
    for name in ("b.mp3", "A.MP3", "list.m3u", "notes.txt", ".hidden.mp3"):
        (tmp_path / name).write_text(name)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "c.mp3").touch()
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "é.mp3").write_text("12345")
    (tmp_path / "link.mp3").symlink_to("b.mp3")
    found = pieces(tmp_path)
    assert [piece.key for piece in found] == [
        *("music/A.MP3", "music/b.mp3", "music/list.m3u", "music/d/é.mp3")
    ]
    assert found[-1].size == 5


@pytest.mark.parametrize(
    ("name", "said"), [(b"\xff.mp3", "not UTF-8"), (b"x" * 200 + b"/", "more than 1024")]
)
def test_a_name_that_s3_does_not_take_is_a_sentence(tmp_path: Path, name: bytes, said: str) -> None:
    folder = os.fsencode(tmp_path)
    if name.endswith(b"/"):
        folder = os.path.join(folder, *[name[:-1]] * 6)  # noqa: PTH118 bytes
        name = b"a.mp3"
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103 bytes
    with open(os.path.join(folder, name), "wb"):  # noqa: PTH118, PTH123 bytes
        pass
    with pytest.raises(DeployError, match=said):
        pieces(tmp_path)


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="cannot read"):
        pieces(tmp_path / "nowhere")


def test_hello_goes_over_tls_with_a_password(tmp_path: Path) -> None:
    papers = make("demo")
    certificate, key = papers.write(tmp_path / "tls")
    users = tmp_path / "users"
    subprocess.run(
        [sys.executable, "-m", "server", "user", "add", "listener", "--file", str(users)],
        input=b"right",
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    options = ("--certificate", str(certificate), "--key", str(key), "--users", str(users))
    server = ServerProcess(ROOT / "music", *options)
    try:
        fingerprint = ":".join(re.findall("..", papers.fingerprint.upper()))
        door = Door(server.host, server.port, fingerprint, "listener")
        assert greet(door, "right") is None
        said = greet(door, "wrong")
        assert said is not None
        assert "password" in said
        assert f"--fingerprint {fingerprint} --user listener" in door.command()
    finally:
        server.stop()


def needs(program: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"there is no {program}")


@needs("systemd-analyze")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for name in ("antiphon.service", "antiphon.socket"):
        text = (UNITS / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace("/usr/local/bin/antiphon-server", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if "antiphon" in line]
    assert (done.returncode, said) == (0, [])


@needs("systemd-analyze")
def test_the_service_can_do_little_beside_serving() -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(UNITS / "antiphon.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level for antiphon.service: ([\d.]+)", done.stdout)
    if found is None:
        pytest.skip("this systemd-analyze looks at no file")
    assert float(found[1]) <= WORST


def test_the_template_is_as_cloudformation_has_it() -> None:
    lint = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [str(lint), str(ROOT / "deploy" / "template.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
