# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes from a source to the decoder, and how much at a time."""

from pathlib import Path

import pytest

from client.feed import GUARD, STRIDE, FrameFeed
from data.mpeg import parse_header
from tests.client.audio import BytesSource, read_audio


class TestFeed:
    """What libmad gets to see."""

    def feed(self, content: bytes) -> FrameFeed:
        feed = FrameFeed(BytesSource(content))
        feed.is_open = True
        return feed

    def test_hands_over_a_frame_with_the_eight_bytes_behind_it_and_no_more(
        self, samples: dict[str, Path]
    ) -> None:
        audio, index = read_audio(samples["vbr_v2"])
        feed, handed = self.feed(audio), 0
        for frame in range(3):
            handed += len(feed.read(100_000))
            assert handed == index.offset_of_frame(frame + 1) + 8
            assert feed.tried[-1] == parse_header(audio, index.offset_of_frame(frame))
            assert len(feed.tried) == frame + 1

    def test_never_returns_more_than_asked(self, samples: dict[str, Path]) -> None:
        audio, _ = read_audio(samples["no_info"])
        feed = self.feed(audio)
        pieces = [feed.read(100) for _ in range(20)]
        assert all(1 <= len(piece) <= 100 for piece in pieces)
        assert audio.startswith(b"".join(pieces))

    def test_the_guard_follows_the_end_and_then_nothing(self, samples: dict[str, Path]) -> None:
        audio, index = read_audio(samples["no_info"])
        frame = audio[: index.offset_of_frame(1)]
        feed = self.feed(frame)
        assert feed.read(5000) == frame + GUARD
        assert feed.read(5000) == b""
        assert feed.is_spent
        assert feed.read(5000) == b""

    @pytest.mark.parametrize("junk", range(STRIDE - 4, STRIDE + 5))
    def test_finds_the_header_behind_junk_wherever_it_stands(
        self, samples: dict[str, Path], junk: int
    ) -> None:
        audio, index = read_audio(samples["no_info"])
        feed = self.feed(b"\xff" * junk + audio[: index.offset_of_frame(3)])
        while feed.read(100_000):
            pass
        assert len(feed.take_tried()) == 3
        assert feed.tried == []

    def test_has_no_file_behind_it(self) -> None:
        assert not hasattr(self.feed(b""), "fileno")
