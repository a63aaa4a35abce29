# SPDX-License-Identifier: GPL-3.0-or-later
"""Sinks by their name."""

from pathlib import Path

import pytest

from client.sinks import Sink, SinkError, open_sink, sink_opener
from client.sinks.null import NullSink
from tests.client.sinks.cards import Cards
from tests.client.sinks.clock import Clock


class TestOpenSink:
    """Sinks by their name."""

    def open(self, spec: str) -> tuple[Sink, list[str]]:
        notes: list[str] = []
        return open_sink(spec, notes.append), notes

    def test_by_name(self, tmp_path: Path) -> None:
        for spec in (
            "null",
            f"wav:{tmp_path}/a.wav",
            f"tape:{tmp_path}/b.wav",
            f"raw:{tmp_path}/a:b.raw",
        ):
            sink, notes = self.open(spec)
            assert sink.name == spec
            assert notes == []
            sink.close()

    def test_a_device_by_its_name_colons_and_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        cards = Cards(Clock())
        monkeypatch.setattr("client.sinks.alsa.open_pcm", cards)
        assert self.open("alsa")[0].name == "alsa:default"
        assert self.open("alsa:plughw:0,1")[0].name == "alsa:plughw:0,1"
        assert self.open("auto")[0].name == "alsa:default"

    def test_auto_without_a_card_is_silent_and_says_so_in_one_line(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cards = Cards(Clock())
        cards.fails = OSError("No such file or directory")
        monkeypatch.setattr("client.sinks.alsa.open_pcm", cards)
        sink, notes = self.open("auto")
        assert isinstance(sink, NullSink)
        assert len(notes) == 1
        assert "No sound card" in notes[0]
        assert "\n" not in notes[0]
        with pytest.raises(SinkError, match="does not open"):
            self.open("alsa")

    @pytest.mark.parametrize("spec", ["", "loud", "null:x", "null:", "auto:x", "auto:"])
    def test_a_wrong_name_lists_the_right_ones(self, spec: str) -> None:
        with pytest.raises(ValueError, match=r"there are auto, alsa, .*wav:FILE"):
            sink_opener(spec)

    @pytest.mark.parametrize("spec", ["wav:", "wav", "tape:", "tape", "raw:", "raw"])
    def test_a_file_needs_a_name(self, spec: str) -> None:
        with pytest.raises(
            ValueError, match=rf"file is missing in “{spec}”; write {spec.rstrip(':')}:"
        ):
            sink_opener(spec)

    def test_nothing_is_opened_before_it_is_wanted(self, tmp_path: Path) -> None:
        sink_opener(f"wav:{tmp_path}/a.wav")
        assert list(tmp_path.iterdir()) == []
