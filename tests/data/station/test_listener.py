# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener: what it gives out of what its sources send, and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.constants import MAX_STRETCH
from common.errors import ErrorCode, ProtocolError
from data.frames import Data, Deframer
from data.station.listener import Event, Forged, SongBegan, SongEnded, Sound
from tests.data.station.hearing import (
    AIRED,
    DATA,
    DATA_2,
    FIRST,
    OTHER_SIGNED,
    PARENT,
    SEAL,
    SERVER,
    STRETCHES,
    expected,
    frames_until,
    give,
    moved,
    song_frame,
    sound_of,
    tuned,
)
from tests.data.station.station import (
    SESSION,
    STREAM,
    Frame,
    air,
    frames_of,
)


class TestListening:
    """A server that keeps the rules."""

    def test_all_that_was_sealed_in_order_with_its_songs(self) -> None:
        receiver = tuned()
        assert give(receiver, frames_of(AIRED)) == expected()
        assert receiver.next == 1400

    def test_from_the_middle_of_a_song(self) -> None:
        # Three stretches of song 1 are to come, which are less than 2048 bytes: none is heard.
        assert give(tuned(1040), frames_of(AIRED, begin=1040)) == expected(1040, primes=3)

    def test_the_first_2048_bytes_behind_a_gap_prime_the_decoder(self) -> None:
        long = [air(1, 0, stretches=6, size=1000)]
        events = give(tuned(1000), frames_of(long, begin=1000))
        assert [e.primes for e in events if isinstance(e, Sound)] == [
            True,
            True,
            True,
            False,
            False,
        ]
        long = [air(1, 0, stretches=6, size=1024)]
        events = give(tuned(1024), frames_of(long, begin=1024))
        assert [e.primes for e in events if isinstance(e, Sound)] == [
            True,
            True,
            False,
            False,
            False,
        ]

    def test_a_stretch_is_held_until_its_seal_has_come(self) -> None:
        receiver = tuned()
        song, data, seal = AIRED[0].frame(), *STRETCHES[0].frames()
        assert give(receiver, [song, data]) == []
        assert receiver.next == 1000
        assert give(receiver, [seal]) == expected()[:2]
        assert receiver.next == 1040

    def test_a_song_is_told_with_its_first_stretch(self) -> None:
        receiver = tuned()
        give(receiver, frames_of(AIRED[:1]))
        assert give(receiver, [AIRED[1].frame()]) == []
        assert give(receiver, STRETCHES[4].frames())[0] == SongBegan(AIRED[1].song, 1160)

    @given(st.lists(st.integers(1, 200), min_size=1, max_size=40))
    def test_the_cut_does_not_matter(self, cuts: list[int]) -> None:
        wire = b"".join(frame.encode() for frame in frames_of(AIRED))
        receiver, deframer, events, at = tuned(), Deframer(), list[Event](), 0
        for size in [*cuts, len(wire)]:
            for frame in deframer.feed(wire[at : at + size]):
                assert isinstance(frame, Frame)
                events += receiver.receive(SERVER, frame)
            at += size
        assert events == expected()

    def test_byte_by_byte(self) -> None:
        wire = b"".join(frame.encode() for frame in frames_of(AIRED))
        receiver, deframer, events = tuned(), Deframer(), list[Event]()
        for at in range(len(wire)):
            for frame in deframer.feed(wire[at : at + 1]):
                assert isinstance(frame, Frame)
                events += receiver.receive(SERVER, frame)
        assert events == expected()


LAST_OF_1 = frames_of(AIRED)[:9]  # SONG and four stretches
TOO_LONG = air(1, 1000, stretches=2, size=MAX_STRETCH + 1)


RULES: dict[str, list[Frame]] = {
    "DATA before SONG": [DATA],
    "SEAL first": [SEAL],
    "a SONG beyond the Offset of TUNED": [song_frame(AIRED[0], 1001)],
    "a second SONG that began earlier": [FIRST, DATA, SEAL, FIRST],
    "a SONG further on": [FIRST, DATA, SEAL, song_frame(AIRED[1], 1041)],
    "a SONG between DATA and SEAL": [FIRST, DATA, song_frame(AIRED[1], 1000)],
    "a SONG behind DATA": [FIRST, DATA, song_frame(AIRED[1], 1040)],
    "DATA further on": [FIRST, DATA_2],
    "DATA one byte further on": [FIRST, moved(DATA, 1)],
    "DATA again": [FIRST, DATA, SEAL, DATA],
    "DATA without the SEAL of the one before": [FIRST, DATA, DATA_2],
    "a SEAL without DATA": [FIRST, SEAL],
    "a SEAL twice": [FIRST, DATA, SEAL, SEAL],
    "a SEAL at another place": [FIRST, DATA, moved(SEAL, -1)],
    "DATA beyond the song's Total": [*LAST_OF_1, STRETCHES[4].frames()[0]],
    "a song that is over where the stream begins": [song_frame(AIRED[0], 840), DATA],
    "a stretch longer than any": [TOO_LONG.frame(), TOO_LONG.stretches[0].frames()[0]],
    "the middle of a DATA": [FIRST, Data(SESSION, STREAM, 1000, b"x", begins=False)],
    "a DATA that is not where its front ended": [
        FIRST,
        Data(SESSION, STREAM, 1000, b"x"),
        Data(SESSION, STREAM, 1002, b"x", begins=False),
    ],
}


@pytest.mark.parametrize("frames", RULES.values(), ids=RULES.keys())
class TestRules:
    """RFC.md, "Frames"."""

    def test_the_server_is_told(self, frames: list[Frame]) -> None:
        receiver = tuned()
        give(receiver, frames[:-1])
        with pytest.raises(ProtocolError) as caught:
            give(receiver, frames[-1:])
        assert caught.value.code == ErrorCode.MALFORMED
        assert give(receiver, frames_of(AIRED)) == []

    def test_another_listener_is_accused_and_not_heard_again(self, frames: list[Frame]) -> None:
        receiver = tuned()
        receiver.switch(PARENT, 1000)
        give(receiver, frames[:-1], PARENT)
        begin = receiver.next
        forged = give(receiver, frames[-1:], PARENT)
        assert [(e.node, e.offset) for e in forged if isinstance(e, Forged)] == [(PARENT, begin)]
        assert give(receiver, frames_of(AIRED, begin=begin), PARENT) == []


class TestTheServerAgain:
    """What it had sent before it knew that it feeds us again (RFC.md, "Reporting")."""

    @given(st.data())
    def test_whatever_was_on_its_way(self, data: st.DataObject) -> None:
        places = [stretch.offset for stretch in STRETCHES]
        held = data.draw(st.sampled_from(places))
        stale = frames_of(AIRED, begin=data.draw(st.sampled_from(places)))
        first = data.draw(st.integers(0, len(stale)))
        stale = stale[first : data.draw(st.integers(first, len(stale)))]
        receiver = tuned()
        receiver.switch(PARENT, 1000)
        events = give(receiver, frames_until(held), PARENT)
        receiver.switch(SERVER, receiver.next)
        events += give(receiver, [*stale, *frames_of(AIRED, begin=receiver.next)])
        assert events == expected()

    def test_a_data_of_which_the_front_was_not_heard(self) -> None:
        receiver = tuned()
        receiver.switch(PARENT, 1000)
        assert receiver.receive(SERVER, AIRED[0].frame()) == []
        receiver.switch(SERVER, 1000)
        tail = Data(SESSION, STREAM, 1010, STRETCHES[0].audio[10:], begins=False)
        assert give(receiver, [tail, SEAL, *frames_of(AIRED)]) == expected()

    def test_once_it_is_found_the_rules_are_back(self) -> None:
        receiver = tuned()
        receiver.switch(SERVER, 1000)
        give(receiver, frames_until(1080))
        with pytest.raises(ProtocolError):
            give(receiver, STRETCHES[3].frames())

    def test_its_forgeries_are_too(self) -> None:
        receiver = tuned()
        receiver.switch(SERVER, 1000)
        with pytest.raises(ProtocolError):
            give(receiver, frames_of([OTHER_SIGNED]))


class TestTunedAgain:
    """Another TUNE, after a loss or because it fell behind."""

    @pytest.mark.parametrize("at", [1040, 1160, 1200])
    def test_at_the_next_byte_it_goes_on(self, at: int) -> None:
        receiver = tuned()
        events = give(receiver, frames_until(at))
        # Cut within a stretch, whose front is lost with the connection.
        (song_or_data, data, *_) = frames_of(AIRED)[len(frames_until(at)) :]
        give(receiver, [song_or_data] if isinstance(song_or_data, Data) else [song_or_data, data])
        assert receiver.tuned(at) == 0
        assert events + give(receiver, frames_of(AIRED, begin=at)) == expected()

    def test_earlier_than_that_nothing_comes_twice(self) -> None:
        receiver = tuned()
        events = give(receiver, frames_until(1200))
        assert receiver.tuned(1080) == 0
        assert events + give(receiver, frames_of(AIRED, begin=1080)) == expected()

    def test_later_than_that_something_is_missing(self) -> None:
        receiver = tuned()
        give(receiver, frames_until(1040))
        assert receiver.tuned(1120) == 80
        # The same song: it is not told again.
        assert give(receiver, frames_of(AIRED, begin=1120)) == [
            sound_of(AIRED[0], STRETCHES[3], primes=True),
            *expected()[5:],
        ]

    def test_in_another_song_the_one_before_is_over(self) -> None:
        receiver = tuned()
        give(receiver, frames_until(1040))
        assert receiver.tuned(1240) == 200
        assert give(receiver, frames_of(AIRED, begin=1240)) == [
            SongEnded(AIRED[0].song, whole=False),
            *expected(1240),
        ]

    def test_from_a_parent_too(self) -> None:
        receiver = tuned()
        receiver.switch(PARENT, 1000)
        give(receiver, frames_until(1080), PARENT)
        assert receiver.tuned(1080) == 0
        assert receiver.node == SERVER
        assert give(receiver, frames_of(AIRED, begin=1080)) == expected()[3:]
