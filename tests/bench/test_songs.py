# SPDX-License-Identifier: GPL-3.0-or-later
"""How the measurements' songs are made, and what is said where they cannot be."""

from pathlib import Path

import numpy as np
import pytest

from bench.songs import RATE, SongError, encode, noise


def test_noise_is_its_seed_s_and_never_silent() -> None:
    sound = np.frombuffer(noise(1, 2), "<i2").reshape(-1, 2)
    assert len(sound) == 2 * RATE
    assert (sound == 0).all(axis=1).sum() < 10
    assert noise(1, 2) == noise(1, 2)
    assert noise(1, 2) != noise(2, 2)


def lame(folder: Path, text: str) -> None:
    command = folder / "lame"
    command.write_text(f"#!/bin/sh\n{text}\n")
    command.chmod(0o755)


def test_lame_gets_the_sound_and_its_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    lame(tmp_path, 'shift; echo "$1" > "$3.txt"; cat "$2" > "$3"')
    encode(tmp_path / "a.mp3", [b"left", b"right..."], channels=1, options=["--cbr"])
    assert (tmp_path / "a.mp3").read_bytes().endswith(b"leftright...")
    assert (tmp_path / "a.mp3.txt").read_text() == "--cbr\n"
    assert not (tmp_path / "a.wav").exists()


def test_where_lame_is_missing_or_fails_a_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lame(tmp_path, "echo 'no such option' >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(SongError, match=r"^lame failed: no such option$"):
        encode(tmp_path / "a.mp3", [], channels=2, options=[])
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(SongError, match=r"^The songs need lame \(No such file or directory\)"):
        encode(tmp_path / "a.mp3", [], channels=2, options=[])
