# SPDX-License-Identifier: GPL-3.0-or-later
"""What `antiphon-server check` finds; it goes on behind an error, and changes nothing."""

import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import pytest

from server.checking import music
from server.checking.command import HANDED_OVER, check, command_line, main
from server.checking.finding import Grade
from server.config import PortRange
from server.library.store import FILE, Store
from server.users.command import main as edit_users
from tests.certificates import papers
from tests.e2e.server_process import ServerProcess
from tests.e2e.songs import write_songs
from tests.server.station.redis_server import RedisServer
from tests.server.wires import free_ports

HERE = ("--host", "127.0.0.1", "0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two songs, and one in a folder of its own."""
    write_songs(tmp_path / "music" / "Jazz", count=1, frames=40)
    write_songs(tmp_path / "music", count=2, frames=40)
    return tmp_path / "music"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def found(*words: object) -> dict[str, list[str]]:
    """The lines, by what they are about: the grade, and what is said."""
    lines: dict[str, list[str]] = {}
    for finding in check([str(word) for word in words]):
        lines.setdefault(finding.about, []).append(f"{finding.grade.value}: {finding.text}")
    return lines


def entries(folder: Path) -> dict[Path, object]:
    """All that is there, and when it was changed."""
    return {
        path: (status.st_mtime_ns, status.st_size)
        for path in [folder, *folder.rglob("*")]
        for status in [path.lstat()]
    }


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


def certificate(tmp_path: Path, *, first_day: int = -1, last_day: int = 90) -> list[str]:
    """What is found of one that is good on these days."""
    made = papers("radio.example", "192.0.2.7", first_day=first_day, last_day=last_day)
    file, key = made.write(tmp_path / "tls")
    words = ("--state", "none", "--certificate", file, "--key", key, tmp_path)
    return found(*HERE, *words)["certificate"]


def test_a_certificate(tmp_path: Path) -> None:
    names, days = certificate(tmp_path)
    assert names.startswith("good: ")
    assert "for radio.example, 192.0.2.7" in names
    assert days.startswith("good: good until ")


@pytest.mark.parametrize(
    ("first_day", "last_day", "said"),
    [
        (-9, -2, "error: it expired on"),
        (2, 9, "error: it is good from"),
        (-9, 9, "warning: it expires in 8 days"),
    ],
)
def test_a_certificate_s_days(tmp_path: Path, first_day: int, last_day: int, said: str) -> None:
    assert certificate(tmp_path, first_day=first_day, last_day=last_day)[1].startswith(said)


def test_a_certificate_with_another_s_key(tmp_path: Path) -> None:
    mine, _ = papers("one.example").write(tmp_path / "one")
    _, yours = papers("two.example").write(tmp_path / "two")
    words = ("--state", "none", "--certificate", mine, "--key", yours, tmp_path)
    (only,) = found(*HERE, *words)["certificate"]
    assert only.startswith("error: the key in")


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


def test_a_port_that_somebody_else_has(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        words = ("--host", "127.0.0.1", "--state", "none", port, folder)
        assert found(*words)["control port"][0].startswith(f"error: 127.0.0.1:{port} is in use")
        assert found(HANDED_OVER, *words)["control port"][0].startswith("good: handed over")
        other.settimeout(0)
        with pytest.raises(BlockingIOError):
            other.accept()


def test_ports_that_a_running_server_has(folder: Path, state: Path) -> None:
    two = free_ports(2)
    words = ("--host", "127.0.0.1", "--state", state, "--metrics", two.high, two.low, folder)
    with (
        closing(Store(state)),
        socket.create_server(("127.0.0.1", two.low)),
        socket.create_server(("127.0.0.1", two.high)),
    ):
        lines = found(*words)
        for about, port in (("control port", two.low), ("metrics", two.high)):
            (only,) = lines[about]
            assert only.startswith("warning: ")
            assert f"127.0.0.1:{port} is in use" in only
            assert only.endswith("(the server that is running has it, it seems)")


def test_a_port_shared_with_a_running_server_is_not_listened_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listens(_sock: socket.socket, *_backlog: int) -> None:
        raise AssertionError("somebody might have connected")

    four = free_ports(4)
    ports = PortRange(four.low + 1, four.high - 1)
    monkeypatch.setattr(socket.socket, "listen", listens)
    words = ("--host", "127.0.0.1", "--state", "none", "--data-ports", ports, "--reuse-port")
    metrics = ("--metrics", f"127.0.0.1:{four.high}")
    lines = found(*words, *metrics, four.low, folder)
    assert lines["control port"] == [f"good: 127.0.0.1:{four.low}"]
    assert lines["data ports"] == [f"good: {ports}: all are free"]
    assert lines["metrics"] == [f"good: at http://127.0.0.1:{four.high}/metrics"]


@pytest.mark.parametrize(
    "words",
    [
        ("--data-ports", "28091", "--metrics", "28091"),
        ("--workers", "2", "--data-ports", "28091-28092", "--metrics", "28091"),
        ("--metrics", "28090"),
        ("--data-ports", "28090"),
    ],
)
def test_ports_that_are_wanted_twice(folder: Path, words: tuple[str, ...]) -> None:
    said = found("--host", "127.0.0.1", "--state", "none", *words, 28090, folder)["configuration"]
    assert [line.partition(":")[0] for line in said] == ["error"]


def test_the_last_port_and_a_worker_behind_it(folder: Path) -> None:
    words = ("--workers", 2, "--metrics", 65535)
    lines = found(*HERE, "--state", "none", *words, folder)
    assert "65534 at most" in lines["configuration"][0]
    assert len(lines["metrics"]) == 1
    assert "open files" in lines


def test_metrics_of_many_workers_at_any_port(folder: Path) -> None:
    lines = found(*HERE, "--state", "none", "--workers", 2, "--metrics", 0, folder)
    assert lines["metrics"] == ["good: at any free port of 127.0.0.1"]
    assert lines["data ports"] == ["good: any free ones"]


def test_a_reader_that_has_seen_enough(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe, monkeypatch.context() as patched:
        patched.setattr("sys.stdout", pipe)
        assert main([*HERE, "--state", "none", str(folder)]) == 128 + signal.SIGPIPE


@pytest.mark.parametrize("host", ["nosuch.invalid", "x" * 70])
def test_a_host_that_is_none(folder: Path, host: str) -> None:
    lines = found("--host", host, "--state", "none", folder)
    for about in ("control port", "data ports"):
        (only,) = lines[about]
        assert only.startswith(f"error: {host} is no address, and no name")


def test_data_ports_that_others_have(folder: Path) -> None:
    three = free_ports(3)
    words = (*HERE, "--state", "none", "--data-ports", three, folder)
    with socket.create_server(("127.0.0.1", three.low)):
        (only,) = found(*words)["data ports"]
        assert only == f"good: {three}: 2 are free, and other programs have {three.low}"
        with (
            socket.create_server(("127.0.0.1", three.low + 1)),
            socket.create_server(("127.0.0.1", three.high)),
        ):
            (only,) = found(*words)["data ports"]
            assert only.startswith(f"error: no data port of {three} is free")


def test_each_worker_has_ports_of_its_own(folder: Path) -> None:
    four = free_ports(4)
    data = ("--data-ports", f"{four.low}-{four.low + 1}")
    words = (*HERE, "--state", "none", *data, "--metrics", four.low + 2, "--workers", 2, folder)
    with (
        socket.create_server(("127.0.0.1", four.low + 1)),
        socket.create_server(("127.0.0.1", four.high)),
    ):
        lines = found("--max-sessions", 10, *words)
    first, second = lines["data ports"]
    assert first == f"good: {four.low}-{four.low}: all are free"
    assert second.startswith(f"error: no data port of {four.low + 1}-{four.low + 1} is free")
    first, second = lines["metrics"]
    assert first == f"good: at http://127.0.0.1:{four.low + 2}/metrics"
    assert f"127.0.0.1:{four.high} is in use" in second
    assert lines["open files"] == ["good: enough for 5 sessions in each of 2 workers"]
    wrong = found(*words, "--workers", 3)
    assert wrong["configuration"][0].startswith("error: --workers 3 want a data port each")
    assert len(wrong["data ports"]) == 1


def test_metrics_at_an_address_that_this_machine_does_not_have(folder: Path) -> None:
    (only,) = found(*HERE, "--state", "none", "--metrics", "192.0.2.1:1", folder)["metrics"]
    assert only.startswith(
        "error: --metrics: this machine has no address 192.0.2.1: give --metrics"
    )


def test_metrics_without_their_library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(_name: str) -> None:
        return None

    monkeypatch.setattr("importlib.util.find_spec", nowhere)
    words = (*HERE, "--state", "none", "--metrics", "0", folder)
    assert found(*words)["metrics"][0].startswith("error: --metrics needs prometheus_client")


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


@pytest.fixture
def server(folder: Path, state: Path) -> Iterator[ServerProcess]:
    """One that runs, and knows its folder."""
    process = ServerProcess(folder, "--state", str(state))
    try:
        process.says("files read: ")
        yield process
    finally:
        process.kill()


def test_beside_a_server_that_runs(server: ServerProcess, folder: Path, state: Path) -> None:
    before = entries(state)
    lines = found("--host", "127.0.0.1", "--state", state, server.port, folder)
    assert entries(state) == before
    assert lines["state"][0].startswith(f"warning: a server is running with {state}")
    assert lines["state"][1].startswith("good: 3 tracks are known")
    assert lines["control port"][0].startswith(f"warning: 127.0.0.1:{server.port} is in use")
    assert server.stop() == 0
    before = entries(state)
    (only,) = found(*HERE, "--state", state, folder)["state"]
    assert entries(state) == before
    assert only == lines["state"][1]


def test_the_numbers_of_two_servers_are_compared(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    for name in ("one", "two", "three"):
        process = ServerProcess(folder, "--state", str(tmp_path / name))
        process.says("files read: ")
        process.kill()  # what it has committed lies beside the database still
        (line,) = found(*HERE, "--state", tmp_path / name, folder)["state"]
        said.append(line.replace(f"/{name};", ";"))
        if name == "two":
            (folder / "1.mp3").unlink()
    assert said[0] == said[1] != said[2]


def test_a_database_that_is_none(folder: Path, state: Path) -> None:
    Store(state).close()
    (state / FILE).write_bytes(b"no database at all" * 100)
    (only,) = found(*HERE, "--state", state, folder)["state"]
    assert "warning: " in only
    assert "sets it aside" in only
    assert (state / FILE).read_bytes().startswith(b"no database")


def test_a_database_of_a_later_version(folder: Path, state: Path) -> None:
    Store(state).close()
    with closing(sqlite3.connect(state / FILE)) as database:
        database.execute("PRAGMA user_version = 999")
    (only,) = found(*HERE, "--state", state, folder)["state"]
    assert only.startswith("error: ")
    assert "a later version of the server" in only


def test_a_state_that_is_a_file(folder: Path, state: Path) -> None:
    state.touch()
    (only,) = found(*HERE, "--state", state / "below", folder)["state"]
    assert only == (
        f"error: {state} is no directory: give another directory with --state DIR,"
        " or none with --state none"
    )


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux has it")
@pytest.mark.parametrize("state", [Path("/proc"), Path("/proc/antiphon")])
def test_a_state_where_no_file_can_be_made(folder: Path, state: Path) -> None:
    (only,) = found(*HERE, "--state", state, folder)["state"]
    assert only.startswith("error: ")
    assert "/proc" in only
    assert "--state none" in only


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has it")
@pytest.mark.parametrize("made", [True, False])
def test_a_state_on_a_full_disk(
    folder: Path, state: Path, monkeypatch: pytest.MonkeyPatch, *, made: bool
) -> None:
    if made:
        Store(state).close()

    def full(**_where: object) -> BinaryIO:
        return Path("/dev/full").open("wb")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    (only,) = found(*HERE, "--state", state, folder)["state"]
    there = state if made else state.parent
    assert only.startswith(f"error: nothing can be written in {there} (No space left on device): ")


def test_nothing_is_left_behind_in_the_state(folder: Path, state: Path) -> None:
    Store(state).close()
    before = set(state.iterdir())
    (only,) = found(*HERE, "--state", state, folder)["state"]
    assert only.startswith("good: 0 tracks are known")
    assert set(state.iterdir()) == before


def test_stations_in_redis(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    redis = RedisServer(tmp_path / "redis")
    try:
        stations = ("--station", "main", "--station-store", redis.url)
        words = (*HERE, "--state", "none", *stations, folder)
        (only,) = found(*words)["station store"]
        assert only.startswith("good: Redis at")
        assert redis.command("keys", "*").strip() == ""
        redis.command("hset", "antiphon:station:main", "schedule", "x")
        assert "error: Redis at" in found(*words)["station store"][0]
        redis.command("del", "antiphon:station:main")
        redis.command("set", "antiphon:station:main", "x")
        assert "cannot keep the station main" in found(*words)["station store"][0]
    finally:
        redis.kill()
    (only,) = found(*words)["station store"]
    assert only.startswith("warning: Redis at")
    assert "begins a schedule of its own" in only


def test_a_store_for_no_station(folder: Path) -> None:
    lines = found(*HERE, "--state", "none", "--station-store", "unix:///x", folder)
    assert lines["station store"][0].startswith("error: --station-store is given without")


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
