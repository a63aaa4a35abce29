# SPDX-License-Identifier: GPL-3.0-or-later
"""What `antiphon-server check` finds; it goes on behind an error, and changes nothing."""

import os
import signal
from pathlib import Path

import pytest

from server.checking import music
from server.checking.command import check, command_line, main
from server.checking.finding import Grade
from server.users.command import main as edit_users
from tests.server.checking.checked import HERE, entries, found
from tests.server.wires import free_ports


def test_all_is_well(
    folder: Path, state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = entries(tmp_path)
    assert main([*HERE, "--state", str(state), "--station", "jazz=Jazz", str(folder)]) == 0
    assert entries(tmp_path) == before
    said = capsys.readouterr().out.splitlines()
    assert all(line.startswith("good     ") for line in said), said
    whole = "\n".join(said)
    for words in (
        "configuration: the options make sense",
        f"folder: 3 MP3 files in {folder}",
        f"state: nothing in {state} yet",
        "certificate: none",
        "users: everybody",
        "exposure: nobody",
        "control port: 127.0.0.1, any free one",
        "data ports: any free ones",
        "station: jazz plays Jazz: 1 song",
        "open files: enough for 9900",
        "congestion: ",
    ):
        assert words in whole


def test_every_error_is_told_and_not_only_the_first(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "antiphon.toml"
    file.write_text(f"""
        host = "192.0.2.1"
        porrt = 8080
        heartbeat = 60
        max-sessions = "many"
        folder = "{tmp_path}/nowhere"
        state = "{state}"
        key = "key.pem"
        users = "{tmp_path}/users"
        station = ["jazz=Jazz"]
    """)
    assert main(["--config", str(file), "--rescan", "never"]) == 1
    errors = [line for line in capsys.readouterr().out.splitlines() if line.startswith("error")]
    for words in (
        "unknown key porrt",
        "max-sessions",
        "--rescan",
        "--heartbeat 60 has to be above 0 and below --dead-after 9",
        "nowhere cannot be used",
        "--key is given without",
        "cannot read",
        "--certificate",
        "no address 192.0.2.1",
        "there is no Jazz",
    ):
        assert any(words in line for line in errors), (words, errors)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no music folder was given"),
        (("--nonsense", "x"), "--nonsense"),
        (("--config", "/nowhere/x.toml"), "cannot read /nowhere/x.toml"),
        (("70000", "x"), "PORT"),
    ],
)
def test_a_command_line_of_which_nothing_can_be_made(words: tuple[str, ...], said: str) -> None:
    (only,) = found(*words)["configuration"]
    assert only.startswith("error: ")
    assert said in only


def test_what_is_left_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.mp3").write_bytes(b"x")
    (folder / "link.mp3").symlink_to(tmp_path / "other.mp3")
    (folder / "dangling.mp3").symlink_to(folder / "nothing")
    first, *others = found(*HERE, "--state", "none", folder)["folder"]
    assert first.startswith("good: 3 MP3 files")
    assert "warning: 1 file or folder cannot be read, such as dangling.mp3" in others[0]
    assert "warning: 1 link leads out of it, such as link.mp3" in others[1]
    assert len(found(*HERE, "--state", "none", "--follow-links", folder)["folder"]) == 2


def test_a_folder_without_music(tmp_path: Path) -> None:
    lines = found(*HERE, "--state", "none", "--station", "main", tmp_path)
    assert lines["folder"] == [f"warning: no MP3 files in {tmp_path} yet"]
    assert lines["station"][0].startswith("warning: main plays everything: 0 songs")


def test_a_folder_that_takes_long_is_not_waited_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(music, "PATIENCE", 0.0)
    lines = found(*HERE, "--state", "none", "--station", "main", folder)
    assert "not all were looked at" in lines["folder"][0]
    assert lines["station"] == ["good: main plays everything"]


def test_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    users = tmp_path / "users"
    users.touch(0o600)
    words = ("--state", "none", "--users", users, tmp_path)
    assert found(*HERE, *words)["users"][0].startswith("warning: nobody may listen")
    read, write = os.pipe()
    os.write(write, b"a long password\n")
    with os.fdopen(write, "wb"), os.fdopen(read) as typed:
        monkeypatch.setattr("sys.stdin", typed)
        assert edit_users(["add", "alice", "--file", str(users)]) == 0
    assert found(*HERE, *words)["users"] == [f"good: 1 may listen, named in {users}"]
    users.chmod(0o644)
    assert "chmod 600" in found(*HERE, *words)["users"][1]
    assert found("0", *words)["exposure"][0].startswith("error: passwords and music")
    assert found("0", "--insecure", *words)["exposure"][0].startswith("warning: --insecure")


def test_proxies_that_are_everybody(folder: Path) -> None:
    words = ("--state", "none", "--proxy-protocol", "0.0.0.0/0", "0", folder)
    exposed, claimed = found(*words)["exposure"]
    assert exposed.startswith("warning: anybody who can reach")
    assert claimed.startswith("warning: --proxy-protocol trusts everybody")
    assert len(found("--host", "127.0.0.1", *words)["exposure"]) == 1


def test_a_reader_that_has_seen_enough(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe, monkeypatch.context() as patched:
        patched.setattr("sys.stdout", pipe)
        assert main([*HERE, "--state", "none", str(folder)]) == 128 + signal.SIGPIPE


def test_what_several_workers_need(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hundred(_what: int) -> tuple[int, int]:
        return 100, 100

    monkeypatch.setattr("resource.getrlimit", hundred)
    two = free_ports(2)
    words = (*HERE, "--state", "none", "--workers", "2", "--max-sessions", "20")
    metrics = ("--metrics", f"127.0.0.1:{two.low}", "--station", "main")
    lines = found(*words, *metrics, "--data-ports", two.low, folder)
    assert lines["metrics"] == [
        f"good: at http://127.0.0.1:{port}/metrics" for port in (two.low, two.high)
    ]
    assert lines["open files"] == ["good: enough for 10 sessions in each of 2 workers"]
    assert "--data-ports" in lines["configuration"][0]


def test_too_few_descriptors(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hundred(_what: int) -> tuple[int, int]:
        return 100, 100

    monkeypatch.setattr("resource.getrlimit", hundred)
    (only,) = found(*HERE, "--state", "none", "--max-sessions", "50", folder)["open files"]
    assert only == (
        "warning: 50 sessions need 164 descriptors, and the limit is 100: raise it (ulimit -n) or"
        " set max-sessions to 18"
    )
    words = (*HERE, "--state", "none", "--workers", "2", folder)
    (only,) = found("--max-sessions", "100", *words)["open files"]
    assert only == (
        "warning: 50 sessions need 164 descriptors in each of 2 workers, and the limit is 100:"
        " raise it (ulimit -n) or set max-sessions to 36 for all of them"
    )
    assert found("--max-sessions", "36", *words)["open files"] == [
        "good: enough for 18 sessions in each of 2 workers"
    ]
    assert found("--max-sessions", "2", *words)["open files"] == [
        "good: enough for 1 session in each of 2 workers"
    ]


def test_a_congestion_control_that_the_kernel_does_not_have(folder: Path) -> None:
    words = (*HERE, "--state", "none", folder)
    assert found("--congestion", "foo", *words)["congestion"][0].startswith("warning: the kernel")
    assert found("--congestion", "system", *words)["congestion"] == ["good: the kernel's default"]
    assert found(*words)["congestion"][0] in {"good: bbr", "good: the kernel's default"}


def test_names_of_files_stay_on_one_line(tmp_path: Path) -> None:
    odd = tmp_path / "a\nerror b"
    odd.mkdir()
    texts = [str(one) for one in check([*HERE, "--state", "none", str(odd)])]
    assert not [text for text in texts if "\n" in text]
    assert {one.grade for one in check([*HERE, "--state", "none", str(odd)])} >= {Grade.WARNING}


def test_help_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert said == command_line().format_help()
    for words in ("change nothing", "--handed-over", "--station-store"):
        assert words in " ".join(said.split())
