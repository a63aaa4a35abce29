# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener: what never gets past it, and what it does when its source changes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import MisuseError, ProtocolError
from data.frames import Data, Deframer
from data.station.listener import Event, Forged, Sound
from data.station.seals import link, sealed
from data.station_frames import Seal
from tests.data.station.hearing import (
    AIRED,
    DATA,
    FIRST,
    OTHER,
    OTHER_SIGNED,
    PARENT,
    SEAL_2,
    SERVER,
    STRETCHES,
    expected,
    frames_until,
    give,
    moved,
    song_frame,
    tuned,
)
from tests.data.station.station import (
    KEY,
    SESSION,
    STREAM,
    Frame,
    Sealed,
    air,
    frames_of,
)


def child(frames: Sequence[Frame], offset: int = 1000) -> list[Event]:
    """What a child gives out that listens to a parent from the beginning."""
    receiver = tuned(offset)
    receiver.switch(PARENT, offset)
    return give(receiver, frames, PARENT)


def sounds(events: Iterable[Event]) -> list[tuple[int, bytes]]:
    return [(event.offset, event.audio) for event in events if isinstance(event, Sound)]


def resealed(
    stretch: Sealed,
    start: bytes,
    *,
    before: bytes | None = None,
    audio: bytes | None = None,
) -> list[Frame]:
    """A stretch that the station's own key has sealed, with something else in it."""
    before = stretch.before if before is None else before
    audio = stretch.audio if audio is None else audio
    mine = link(before, stretch.offset, audio)
    signature = KEY.sign(sealed(start, mine))
    return Sealed(stretch.offset, audio, before, mine, signature).frames()


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def edited(at: int, *frames: Frame) -> list[Frame]:
    """The stream with the stretch at index `at` in it replaced."""
    whole = frames_of(AIRED[:1])
    return [*whole[: 1 + 2 * at], *frames, *whole[3 + 2 * at :]]


OTHER_STATION = air(1, 1000, station=bytes(16))
RETITLED = air(1, 1000, title="Song of the forger")
EARLIER = air(1, 840)  # the same song, played before


def put(stretch: Sealed, offset: int) -> list[Frame]:
    """A genuine stretch with its genuine seal at another place."""
    return [moved(frame, offset - stretch.offset) for frame in stretch.frames()]


FORGERIES: dict[str, tuple[int, list[Frame]]] = {
    "an invented stretch, unsigned": (
        1,
        edited(1, Data(SESSION, STREAM, 1040, b"invented"), replace(SEAL_2, offset=1048)),
    ),
    "a stretch that was sealed for an earlier place": (1, edited(1, *put(STRETCHES[0], 1040))),
    "a stretch from later on": (1, edited(1, *put(STRETCHES[2], 1040))),
    "the same song, played before": (0, [FIRST, *put(EARLIER.stretches[0], 1000)]),
    "the same song, played before, with its SONG": (
        0,
        [song_frame(EARLIER, 1000), *put(EARLIER.stretches[0], 1000)],
    ),
    "a stretch of another song": (1, edited(1, *put(STRETCHES[4], 1040))),
    "a song announced too early": (
        2,
        [*frames_of(AIRED)[:5], song_frame(AIRED[1], 1080), *put(STRETCHES[4], 1080)],
    ),
    "another title": (0, [RETITLED.frame(), *STRETCHES[0].frames()]),
    "another song's title": (0, [song_frame(AIRED[1], 1000), *STRETCHES[0].frames()]),
    "another station": (0, frames_of([OTHER_STATION])),
    "another key": (0, frames_of([OTHER_SIGNED])),
    "a chain to another stretch that the station sealed": (
        1,
        edited(1, *resealed(STRETCHES[1], AIRED[0].start, before=bytes(32))),
    ),
    "a first stretch that is not chained to its song": (
        0,
        edited(0, *resealed(STRETCHES[0], AIRED[0].start, before=bytes(32))),
    ),
    "a stretch that the station sealed into another song": (
        1,
        edited(1, *resealed(STRETCHES[1], AIRED[1].start)),
    ),
}


class TestForgeries:
    """Nothing is heard of what the station has not sealed for this place."""

    @pytest.mark.parametrize(("good", "frames"), FORGERIES.values(), ids=FORGERIES.keys())
    def test_caught_before_it_is_heard(self, good: int, frames: list[Frame]) -> None:
        events = child(frames)
        *before, forged = events
        assert before == expected()[: good + 1 if good else 0]
        assert isinstance(forged, Forged)
        assert (forged.node, forged.offset) == (PARENT, 1000 + 40 * good)
        receiver = tuned()
        with pytest.raises(ProtocolError, match="MALFORMED"):
            give(receiver, frames)
        assert receiver.next == 1000 + 40 * good

    @given(st.data())
    def test_any_flipped_bit_behind_a_header_is_caught(self, data: st.DataObject) -> None:
        frames = frames_of(AIRED)
        at = data.draw(st.integers(0, len(frames) - 1))
        frame = frames[at]
        size = len(frame.encode()) - 20
        bit = data.draw(st.integers(0, 8 * size - 1))
        wire = frame.encode()
        try:
            changed = list(Deframer().feed(wire[:20] + flipped(wire[20:], bit)))
        except ProtocolError:
            return  # a text that is none any more
        events = child([*frames[:at], *changed, *frames[at + 1 :]])  # type: ignore[list-item]
        assert isinstance(events[-1], Forged)
        # A SONG is not proven before the stretch behind it is.
        proven = sum(isinstance(frame, Data) for frame in frames[:at])
        proven -= isinstance(frame, Seal)
        assert sounds(events) == sounds(expected())[:proven]
        assert events[:-1] == expected()[: len(events) - 1]

    @given(st.permutations(range(len(STRETCHES))))
    def test_no_other_order_is_heard(self, order: list[int]) -> None:
        parts: list[list[Frame]] = []
        for one in AIRED:
            for number, stretch in enumerate(one.stretches):
                parts.append([one.frame()] * (number == 0) + stretch.frames())
        heard = sounds(child([frame for at in order for frame in parts[at]]))
        assert heard == sounds(expected())[: len(heard)]

    @given(st.sets(st.integers(0, len(frames_of(AIRED)) - 1)))
    def test_whatever_is_left_out_nothing_behind_it_is_heard(self, lost: set[int]) -> None:
        frames = frames_of(AIRED)
        events = child([frame for at, frame in enumerate(frames) if at not in lost])
        heard = sounds(events)
        assert heard == sounds(expected())[: len(heard)]
        told = [event for event in events if not isinstance(event, Forged)]
        assert told == expected()[: len(told)]

    def test_who_begins_within_a_song_has_the_signature_alone(self) -> None:
        frames = frames_of(AIRED, begin=1040)
        assert sounds(child(frames, 1040)) == sounds(expected(1040))
        wrong = [frames[0], *resealed(STRETCHES[1], AIRED[0].start, before=bytes(32))]
        # The station has sealed it, so it is the station's; nothing before it is known.
        assert len(sounds(child(wrong, 1040))) == 1
        forged = [RETITLED.frame(), *frames[1:]]
        assert sounds(child(forged, 1040)) == []


class TestSwitching:
    """From one source to another one."""

    @pytest.mark.parametrize("at", [*range(1000, 1400, 40)])
    def test_nothing_is_missing_and_nothing_comes_twice(self, at: int) -> None:
        receiver = tuned()
        events = give(receiver, frames_until(at))
        assert receiver.next == at
        receiver.switch(PARENT, at)
        assert receiver.node == PARENT
        events += give(receiver, frames_of(AIRED, begin=at), PARENT)
        assert events == expected()

    @given(st.sampled_from(STRETCHES), st.sampled_from(STRETCHES))
    def test_a_parent_that_begins_earlier(self, one: Sealed, two: Sealed) -> None:
        begins, at = sorted((one.offset, two.offset))
        receiver = tuned()
        events = give(receiver, frames_until(at))
        receiver.switch(PARENT, begins)
        events += give(receiver, frames_of(AIRED, begin=begins), PARENT)
        assert events == expected()

    def test_others_than_the_source_are_not_heard(self) -> None:
        receiver = tuned()
        receiver.switch(PARENT, 1000)
        for node in (SERVER, OTHER):
            assert give(receiver, [DATA, *frames_of(AIRED)], node) == []
        assert give(receiver, frames_of(AIRED), PARENT) == expected()

    def test_sound_that_would_be_missing_is_no_switch(self) -> None:
        receiver = tuned()
        give(receiver, frames_until(1080))
        for node, offset in ((PARENT, 1120), (SERVER, 1120), (SERVER, 1040)):
            with pytest.raises(MisuseError):
                receiver.switch(node, offset)
        assert give(receiver, frames_of(AIRED, begin=1080)[1:]) == expected()[3:]

    def test_who_has_nothing_yet_may_begin_anywhere(self) -> None:
        receiver = tuned(1000)
        receiver.switch(PARENT, 1240)
        assert receiver.next == 1240
        assert give(receiver, frames_of(AIRED, begin=1240), PARENT) == expected(1240)

    def test_behind_a_forgery_the_next_source_goes_on(self) -> None:
        receiver = tuned()
        receiver.switch(PARENT, 1000)
        events = give(receiver, FORGERIES["another station"][1], PARENT)
        assert len(events) == 1
        receiver.switch(OTHER, receiver.next)
        assert give(receiver, frames_of(AIRED), OTHER) == expected()

    def test_the_chain_reaches_over_a_switch(self) -> None:
        # All of it is sealed by the station, and does not follow what was heard.
        twin = air(1, 1000, title="Sealed twice")
        for begins in (1040, 1080):
            receiver = tuned()
            give(receiver, frames_until(1080))
            receiver.switch(PARENT, begins)
            (forged,) = give(receiver, frames_of([twin], begin=begins), PARENT)
            assert isinstance(forged, Forged)
            assert receiver.next == 1080

    def test_a_parents_stretches_are_those_that_are_held(self) -> None:
        # Sealed by the station, but cut elsewhere.
        coarse = air(1, 1000, stretches=2, size=80)
        receiver = tuned()
        give(receiver, frames_until(1040))
        receiver.switch(PARENT, 1000)
        (forged,) = give(receiver, frames_of([coarse]), PARENT)
        assert isinstance(forged, Forged)
