# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs of real programs over a real link, where they are; and how results are written."""

import os
import shutil
import threading
from pathlib import Path

import pytest

from bench.links.heard import Gap, Heard
from bench.links.namespaces import TUN, new_namespace
from bench.links.programs import Cancelled
from bench.links.scenarios import BY_NAME
from bench.links.songs import make_songs
from bench.links.trial import Outcome, Trial, perform, row

PROGRAMS = ("lame", "pulseaudio", "parec", "nsenter", "ip")


def why_not() -> str | None:
    """The reason why no run can be made here, or None."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    try:
        os.close(new_namespace())
    except OSError as error:
        return f"no network namespaces: {error.strerror}"
    return None if TUN.exists() else f"there is no {TUN}"


can_run = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


def trial(songs: tuple[Path, Path], player: str = "antiphon") -> Trial:
    return Trial(
        scenario=BY_NAME["W"],
        congestion="reno",
        player=player,
        run=0,
        seed=1,
        seconds=60.0,
        song_seconds=2,
        songs=songs,
        kind="tun",
        is_forced=False,
    )


@pytest.fixture
def songs(tmp_path: Path) -> tuple[Path, Path]:
    first, second = make_songs(tmp_path / "songs", kbps=128, seconds=2, seed=1)
    return first, second


def test_the_cost_is_waiting_weighed() -> None:
    heard = Heard(1.5, (Gap(4.0, 0.5), Gap(9.0, 1.0)), 0, 58.5)
    found = row(trial((Path("a"), Path("b"))), Outcome(heard, 61.0, 1000, 9, 0, {"switch": 0.1}))
    assert found["start"] == 1.5
    assert (found["stalls"], found["stalled"]) == (2, 1.5)
    assert found["cost"] == 1.5 + 3 * 1.5 + 5 * 2
    assert found["gaps"] == [[4.0, 0.5], [9.0, 1.0]]
    assert found["switch"] == 0.1


def test_a_song_that_never_sounds_costs_the_whole_wait() -> None:
    outcome = Outcome(Heard(None, (), 0, 0.0), 90.0, 0, 0, 0, {})
    found = row(trial((Path("a"), Path("b"))), outcome)
    assert (found["start"], found["cost"]) == (90.0, 90.0)


@can_run
@pytest.mark.slow
@pytest.mark.needs_sound
def test_a_song_is_heard_whole_through_server_link_client_and_sink(
    songs: tuple[Path, Path],
) -> None:
    outcome = perform(trial(songs), threading.Event())
    assert outcome.heard.start is not None
    assert outcome.heard.sound == pytest.approx(2.0, abs=0.3)
    assert outcome.moved_bytes > songs[0].stat().st_size
    assert outcome.more["client_start"]
    assert outcome.more["switch"]
    assert isinstance(outcome.more["wasted_bytes"], int)


@can_run
@pytest.mark.slow
@pytest.mark.needs_sound
@pytest.mark.skipif(shutil.which("nginx") is None, reason="not installed: nginx")
@pytest.mark.skipif(shutil.which("mpg123") is None, reason="not installed: mpg123")
def test_a_peer_plays_the_same_file_over_http(songs: tuple[Path, Path]) -> None:
    outcome = perform(trial(songs, "mpg123"), threading.Event())
    assert outcome.heard.sound == pytest.approx(2.0, abs=0.3)
    assert outcome.moved_bytes > songs[0].stat().st_size


@can_run
@pytest.mark.needs_sound
def test_a_run_that_is_to_stop_takes_itself_apart(songs: tuple[Path, Path]) -> None:
    stop = threading.Event()
    stop.set()
    children = set(_children())
    with pytest.raises(Cancelled):
        perform(trial(songs), stop)
    assert set(_children()) <= children


def _children() -> list[str]:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
