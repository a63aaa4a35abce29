# SPDX-License-Identifier: GPL-3.0-or-later
"""A song in several streams: what is missing joins without a seam, and the digest goes on."""

import pytest

from common.errors import ErrorCode, ProtocolError
from data.frames import Data
from data.receiver import Audio, Complete, Receiver, Resume
from tests.data.streams import (
    AUDIO,
    DIGEST,
    OTHER,
    SESSION,
    accept,
    asked,
    complete,
    data,
    end,
    over,
    receiving,
)


class TestDigest:
    """END is believed by its digest, also over several streams of one song."""

    def test_damage(self) -> None:
        receiver = receiving()
        receiver.receive(Data(SESSION, 1, 0, bytes(100)))
        assert receiver.receive(end(1)) == [Complete(1, False)]

    def test_a_stream_from_the_middle_proves_nothing(self) -> None:
        receiver = asked()
        accept(receiver, 1, offset=50)
        receiver.receive(data(1, 50, 100))
        assert receiver.receive(end(1)) == [Complete(1, None)]

    def test_an_empty_rest(self) -> None:
        receiver = asked()
        accept(receiver, 1, offset=100)
        assert receiver.receive(end(1)) == [Complete(1, None)]

    def test_the_same_song_again(self) -> None:
        receiver = complete()
        receiver.ask(2, window=100)
        accept(receiver, 2)
        receiver.receive(data(2, 0, 100))
        assert receiver.receive(end(2)) == [Complete(2, True)]

    def test_another_song_at_the_same_place(self) -> None:
        receiver = receiving()
        receiver.receive(data(1, 0, 50))
        receiver.ask(2, window=100)
        receiver.accept(2, offset=50, total=100, digest=OTHER)
        receiver.receive(Data(SESSION, 2, 50, bytes(50)))
        assert receiver.receive(end(2, digest=OTHER)) == [Complete(2, None)]


class TestResume:
    """A lost connection is not the end of a song."""

    @pytest.mark.parametrize("begins", [30, 37, 40])
    def test_the_rest_joins_without_a_seam(self, begins: int) -> None:
        receiver = receiving()
        receiver.receive(data(1, 0, 40))
        assert receiver.lost() == [Resume(1, 40)]
        assert receiver.receive(data(1, 40, 50)) == []
        receiver.ask(2, window=100)
        # The server begins where an MPEG frame does.
        events = receiver.accept(2, offset=begins, total=100, digest=DIGEST, wanted=40)
        events += receiver.receive(data(2, begins, 70))
        events += receiver.receive(data(2, 70, 100))
        events += receiver.receive(end(2))
        assert events == [
            Audio(2, 40, AUDIO[40:70]),
            Audio(2, 70, AUDIO[70:]),
            Complete(2, True),
        ]

    def test_a_frame_that_is_all_known_is_not_told(self) -> None:
        receiver = receiving()
        receiver.receive(data(1, 0, 40))
        receiver.lost()
        receiver.ask(2, window=100)
        receiver.accept(2, offset=20, total=100, digest=DIGEST, wanted=40)
        assert receiver.receive(data(2, 20, 30)) == []
        assert receiver.receive(data(2, 30, 40)) == []
        assert receiver.lost() == [Resume(2, 40)], "lost again, no further than before"

    def test_lost_again_before_the_known_part_was_over(self) -> None:
        receiver = receiving()
        receiver.receive(data(1, 0, 40))
        receiver.lost()
        receiver.ask(2, window=100)
        receiver.accept(2, offset=20, total=100, digest=DIGEST, wanted=40)
        receiver.receive(data(2, 20, 30))
        assert receiver.lost() == [Resume(2, 40)]

    def test_nothing_to_resume(self) -> None:
        for make in (Receiver, asked, complete, over):
            receiver = make()
            assert receiver.lost() == []

    def test_a_complete_song_stays_complete(self) -> None:
        receiver = complete()
        receiver.lost()
        with pytest.raises(ProtocolError) as refused:
            receiver.receive(end(1))
        assert refused.value.code is ErrorCode.UNEXPECTED
