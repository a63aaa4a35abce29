# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners in a process of their own really listen: to the control, and to this server."""

import os
from pathlib import Path

import pytest

from bench.load import Swarms, write_songs
from bench.scale.orders import Order, Seen
from bench.scale.peers import PeerError, antiphon, control, icecast, nginx

CORES = os.sched_getaffinity(0)
GRANT = 48_000


def listen(port: int, *, ramp: float, kind: str = "antiphon") -> Seen:
    paths = ("/1.mp3",)
    order = Order(kind, port, 3, 16_000, 60.0, 16_000, GRANT, ramp, paths)
    swarms = Swarms([order], cores=CORES)
    try:
        assert swarms.begin().begun == 3
        return swarms.stop()
    finally:
        swarms.kill()


@pytest.mark.parametrize("ramp", [0.0, 0.01])
def test_listeners_hear_the_control(ramp: float) -> None:
    with control(core=min(CORES)) as peer:
        seen = listen(peer.port, ramp=ramp)
    assert not seen.errors
    assert 0 < seen.sound_bytes <= 3 * GRANT
    assert len(seen.first_ms) == 3


@pytest.mark.parametrize("ramp", [0.0, 0.01])
def test_listeners_hear_this_server(ramp: float, tmp_path: Path) -> None:
    write_songs(tmp_path, seconds=10)
    with antiphon(tmp_path, listeners=3, core=min(CORES)) as peer:
        seen = listen(peer.port, ramp=ramp)
    assert not seen.errors
    assert 0 < seen.sound_bytes <= 3 * GRANT
    assert all(ms > 0 for ms in seen.first_ms)


def test_a_peer_that_is_not_installed_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def which(program: str, *, path: str) -> None:
        assert program
        assert path

    monkeypatch.setattr("shutil.which", which)
    with pytest.raises(PeerError, match="nginx is not installed"):
        nginx(tmp_path, tmp_path, listeners=1, core=0).__enter__()
    with pytest.raises(PeerError, match="icecast2 is not installed"):
        icecast(tmp_path, listeners=1, core=0, feeder=CORES).__enter__()
