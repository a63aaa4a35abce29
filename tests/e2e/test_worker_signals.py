# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals to a server with --workers, to one of its processes or to all."""

import os
import signal
from pathlib import Path

from common.errors import ErrorCode
from control.session_messages import Welcome
from tests.e2e.innocent import Music
from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Control
from tests.e2e.server_process import running_server, until
from tests.e2e.songs import FRAME
from tests.e2e.worker_processes import (
    TWO,
    both,
    is_gone,
    one_at_each,
    two_workers,
    wait_for,
    workers_of,
)


def test_a_second_signal_ends_both_at_once(music: Music) -> None:
    with two_workers(music.folder) as server, both(server) as pair:
        for listener in pair:
            listener.play(1, window=10 * FRAME)
        server.signal(signal.SIGTERM)
        wait_for(server, 1, "draining")
        wait_for(server, 2, "draining")
        server.signal(signal.SIGINT)
        for listener in pair:
            assert listener.control.wait_closed().code == ErrorCode.SHUTTING_DOWN
        assert server.wait() == 0


def test_a_second_signal_ends_one_that_hangs_too(music: Music) -> None:
    with two_workers(music.folder) as server:
        os.kill(workers_of(server.pid)[2], signal.SIGSTOP)
        server.signal(signal.SIGTERM)
        server.says("draining")
        server.signal(signal.SIGINT)
        assert server.wait() == 1
        assert "worker 2 has not ended within 7.0 seconds and is killed" in server.log


def test_both_read_the_configuration_again(music: Music, tmp_path: Path) -> None:
    file = tmp_path / "antiphon.toml"
    file.write_text("workers = 2\ngrace = 7\n")
    with running_server(music.folder, "--config", str(file)) as server:
        with both(server):
            file.write_text('workers = 3\ngrace = 5\nstation = "main"\n')
            server.signal(signal.SIGHUP)
            for number in (1, 2):
                wait_for(server, number, 'event=not_reloaded reason="--station with --workers 3')
            file.write_text("workers = 3\ngrace = 5\n")
            server.signal(signal.SIGHUP)
            said = "event=reloaded changed=grace restart=workers"
            for number in (1, 2):
                wait_for(server, number, said)
        for at in one_at_each(server.address, Listener):
            with at, Control(server.address) as control:
                welcome = control.hello()
                assert isinstance(welcome, Welcome)
                assert welcome.grace == 5
        assert server.running


def test_without_a_file_a_hang_up_is_the_end(music: Music) -> None:
    with two_workers(music.folder) as server, both(server) as pair:
        server.signal(signal.SIGHUP)
        for listener in pair:
            assert listener.control.wait_closed().code == ErrorCode.SHUTTING_DOWN
        assert server.wait() == 0


def test_unless_it_is_to_outlive_its_terminal(music: Music) -> None:
    with running_server(music.folder, *TWO, prefix=("nohup",)) as server:
        server.signal(signal.SIGHUP)
        with both(server) as pair:
            assert pair[0].tracks().total == 3


def test_nobody_outlives_the_parent(music: Music) -> None:
    with two_workers(music.folder) as server, both(server) as pair:
        pids = workers_of(server.pid)
        assert sorted(pids) == [1, 2]
        server.signal(signal.SIGKILL)
        until(lambda: all(map(is_gone, pids.values())), "the workers to be gone")
        assert all(one.control.sock.recv(1) == b"" for one in pair)


def test_a_signal_to_the_whole_group_reaches_them_once(music: Music) -> None:
    """As Ctrl-C is: the workers are not of the group, and hear of it from their parent."""
    with two_workers(music.folder) as server:
        groups = {os.getpgid(pid) for pid in workers_of(server.pid).values()}
        assert os.getpgid(server.pid) not in groups
        assert len(groups) == 2
