# SPDX-License-Identifier: GPL-3.0-or-later
"""The thin layer over pyalsaaudio."""

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
