# SPDX-License-Identifier: GPL-3.0-or-later
"""Two servers behind a real HAProxy, where there can be one: of a dead one, nothing is missed."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from bench.chaos.editions import Samples
from bench.chaos.relay import client_address
from bench.nodes.command import main, why_not
from bench.nodes.site import CONFIGURATION, NODES, configuration
from bench.nodes.trial import HEADER, Found, follow

SOUND = np.arange(1, 1001, dtype=np.uint32)
SILENT = np.zeros(50, np.uint32)


def tape(*pieces: Samples) -> Samples:
    return np.concatenate(pieces)


def test_a_tape_that_is_the_song() -> None:
    assert follow(SOUND, SOUND) == (1000, [])
    assert follow(tape(SOUND, SILENT), SOUND) == (1000, [])


def test_silence_on_a_tape_is_told_and_skipped() -> None:
    assert follow(tape(SOUND[:300], SILENT, SOUND[300:]), SOUND) == (1000, [50])
    assert follow(tape(SILENT, SOUND[:9], SILENT[:7], SOUND[9:]), SOUND) == (1000, [50, 7])


def test_silence_of_the_song_s_own_is_none() -> None:
    song = tape(SOUND[:10], SILENT, SOUND[10:], SILENT)
    assert follow(song, song) == (len(song), [])


@pytest.mark.parametrize(
    "heard",
    [
        SOUND[:400],  # it broke off
        tape(SOUND[:400], SOUND[401:]),  # a sample is missing
        tape(SOUND[:400], SOUND[399:]),  # one came twice
        tape(SOUND[:400], SILENT, SOUND[401:]),
    ],
)
def test_a_tape_that_is_not_the_song(
    heard: Samples,
) -> None:
    place, _silences = follow(heard, SOUND)
    assert place == 400


def test_what_is_heard_behind_the_song_is_not_the_song() -> None:
    assert follow(tape(SOUND, SILENT, SOUND[:1]), SOUND)[0] == 0


def found(**said: object) -> Found:
    base = {"songs": 2, "songs_moved": 1, "whole": 2, "station": 2, "station_moved": 1}
    return Found("killed", **{**base, "continuous": 2, **said})  # type: ignore[arg-type]


def test_when_nobody_heard_anything_of_it() -> None:
    assert found().is_good
    assert found(silences=[0.2]).is_good
    assert not found(silences=[0.3]).is_good
    assert found(silences=[0.3], elsewhere=[0.4]).is_good  # the machine's
    assert found(silences=[0.3], hiccup=0.4).is_good
    assert not found(songs_moved=0).is_good
    assert not found(station_moved=0).is_good
    assert not found(troubles=["x"]).is_good
    assert len(found(back=[0.1, 0.3]).row()) == len(HEADER)
    assert "0.20 / 0.30 s" in found(back=[0.1, 0.3]).row()


def test_the_configuration_that_is_tried_is_the_one_that_is_shipped() -> None:
    shipped, tried = CONFIGURATION.read_text("utf-8"), configuration()
    assert len(shipped.splitlines()) == len(tried.splitlines())
    assert "10.0.0.11" not in tried
    assert tried.count(client_address(1)) == shipped.count("10.0.0.11")
    for node in NODES:
        assert f"\nlisten data-{node}\n" in tried


def test_haproxy_takes_the_configuration_without_a_word() -> None:
    if shutil.which("haproxy") is None:
        pytest.skip("haproxy is not installed")
    done = subprocess.run(
        ["haproxy", "-c", "-q", "-f", str(CONFIGURATION)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
@pytest.mark.needs_quiet
def test_a_node_is_killed_and_every_sample_is_heard(tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    main(["--only", "TLS", "--songs", "2", "--station", "2", "--json", str(file)])
    result = json.loads(file.read_text())
    assert result["failed"] == []
    (trial,) = result["trials"]
    assert trial["troubles"] == []
    assert (trial["whole"], trial["songs_moved"]) == (2, 1)
    assert (trial["continuous"], trial["station_moved"]) == (2, 1)


def test_where_it_cannot_be_done_it_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nowhere(_name: str) -> None:
        return None

    monkeypatch.setattr("shutil.which", nowhere)
    assert main([]) == 2
    assert "haproxy" in capsys.readouterr().err


def test_a_way_that_there_is_not_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "xyz"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "nodes: no way has “xyz” in its name;"
        " there are: killed; drained; cut off; killed, over TLS\n"
    )
