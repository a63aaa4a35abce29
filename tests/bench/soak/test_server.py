# SPDX-License-Identifier: GPL-3.0-or-later
"""The server of a soak starts, and says why where it does not."""

from pathlib import Path

import pytest

from bench.soak.server import SoakError, WatchedServer


def test_a_server_that_does_not_start_is_told_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(SoakError, match=r"does not start; it said: .*nowhere"):
        WatchedServer(tmp_path / "nowhere", tmp_path / "own.jsonl")


def test_a_server_that_listens_ends_in_order(tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    server = WatchedServer(music, tmp_path / "own.jsonl")
    try:
        assert server.close() is None
    finally:
        server.kill()
    assert server.defects == []
