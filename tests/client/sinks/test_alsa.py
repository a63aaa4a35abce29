# SPDX-License-Identifier: GPL-3.0-or-later
"""The thin layer over pyalsaaudio."""

import os
from pathlib import Path

import pytest

from client.sinks.alsa import open_pcm


class TestLibasound:
    """The thin layer over pyalsaaudio, on libasound's own `null` device, which keeps no time."""

    def test_opens_writes_and_closes(self) -> None:
        device = open_pcm("null", 44100)
        assert device.rate == 44100
        assert device.buffer > 0
        assert device.write(bytes(400)) == 100
        assert device.avail() > 0
        assert device.drop() == 0
        assert device.drain() == 0
        device.close()

    def test_what_libasound_refuses_is_an_os_error_and_prints_nothing(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(OSError, match="no_such_device"):
            open_pcm("no_such_device", 44100)
        assert capfd.readouterr() == ("", "")

    def test_a_device_that_does_not_answer_is_given_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Nobody reads the pipe that the device writes to, so opening it never returns.
        pipe, config = tmp_path / "pipe", tmp_path / "asound.conf"
        os.mkfifo(pipe)
        config.write_text(
            f'pcm.deaf {{ type file slave.pcm {{ type null }} file "{pipe}" format raw }}\n'
        )
        monkeypatch.setenv("ALSA_CONFIG_PATH", str(config))
        monkeypatch.setattr("client.sinks.alsa.ANSWER_TIMEOUT", 0.5)
        with pytest.raises(OSError, match=r"not answered for 0\.5 s; its sound server may hang"):
            open_pcm("deaf", 44100)
