# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check finds about ports: taken, shared, and wanted twice."""

import socket
from contextlib import closing
from pathlib import Path

import pytest

from server.checking.command import HANDED_OVER
from server.config import PortRange
from server.library.store import Store
from tests.server.checking.checked import HERE, found
from tests.server.wires import free_ports


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


def test_the_control_port_among_the_data_ports_is_none_of_them(folder: Path) -> None:
    four = free_ports(4)
    words = (*HERE[:2], "--state", "none", "--data-ports", four, four.low + 2, folder)
    own = f"{four.low + 2} is the control port and left out"
    lines = found(*words)
    assert lines["control port"] == [f"good: 127.0.0.1:{four.low + 2}"]
    assert lines["data ports"] == [f"good: {four}: 3 are free, {own}"]
    assert found(HANDED_OVER, *words)["data ports"] == [f"good: {four}: all are free"]
    others = [socket.create_server(("127.0.0.1", port)) for port in (four.low, four.low + 1)]
    (only,) = found(*words)["data ports"]
    taken = f"other programs have {four.low}, {four.low + 1}"
    assert only == f"warning: {four}: 1 is free, {own}, and {taken}"
    others.append(socket.create_server(("127.0.0.1", four.high)))
    (only,) = found(*words)["data ports"]
    assert only.startswith(f"error: no data port of {four} is free")
    for other in others:
        other.close()


def test_the_control_port_beside_the_data_ports(folder: Path) -> None:
    three = free_ports(3)
    words = (*HERE[:2], "--state", "none", "--data-ports")
    below, above = PortRange(three.low, three.low + 1), PortRange(three.low + 1, three.high)
    assert found(*words, below, three.high, folder)["data ports"] == [
        f"good: {below}: all are free"
    ]
    assert found(*words, above, three.low, folder)["data ports"] == [f"good: {above}: all are free"]


def test_the_control_port_of_a_running_server_is_none_of_its_data_ports(
    folder: Path, state: Path
) -> None:
    two = free_ports(2)
    words = ("--host", "127.0.0.1", "--state", state, "--data-ports", two, two.low, folder)
    with closing(Store(state)), socket.create_server(("127.0.0.1", two.low)):
        own = f"{two.low} is the control port and left out"
        assert found(*words)["data ports"] == [f"good: {two}: 1 is free, {own}"]


def test_the_control_port_and_nothing_else(folder: Path) -> None:
    one = free_ports(1)
    words = (*HERE[:2], "--state", "none", "--data-ports", one, one.low, folder)
    (only,) = found(*words)["data ports"]
    assert only == f"error: {one}: the control port and nothing else"


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
