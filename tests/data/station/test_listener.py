# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener: what it gives out of what its sources send, and what never gets past it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.constants import MAX_STRETCH
from common.errors import ErrorCode, MisuseError, ProtocolError
from data.frames import Data, Deframer
from data.station.listener import Event, Forged, SongBegan, SongEnded, Sound, StationReceiver
from data.station.seals import link, sealed
from data.station_frames import Seal, SongFrame
from tests.data.station.station import (
    KEY,
    OTHER_KEY,
    SESSION,
    STATION,
    STREAM,
    VERIFY,
    Aired,
    Frame,
    Sealed,
    air,
    frames_of,
    programme,
    stretches_of,
)

SERVER, PARENT, OTHER = 0, 7, 8
AIRED = programme(3, skipped=(2,))  # 1000..1160, 1160..1240, 1240..1400; stretches of 40 bytes
STRETCHES = stretches_of(AIRED)


def tuned(offset: int = 1000) -> StationReceiver:
    return StationReceiver(STATION, VERIFY, offset)


def give(receiver: StationReceiver, frames: Iterable[Frame], node: int = SERVER) -> list[Event]:
    return [event for frame in frames for event in receiver.receive(node, frame)]


def child(frames: Sequence[Frame], offset: int = 1000) -> list[Event]:
    """What a child gives out that listens to a parent from the beginning."""
    receiver = tuned(offset)
    receiver.switch(PARENT, offset)
    return give(receiver, frames, PARENT)


def expected(begin: int = 1000, aired: Sequence[Aired] = AIRED, primes: int = 0) -> list[Event]:
    """What comes of the whole programme from `begin` on, `primes` stretches not to be heard."""
    events, before = list[Event](), None
    for one in aired:
        stretches = [stretch for stretch in one.stretches if stretch.offset >= begin]
        if not stretches:
            continue
        if before is not None and before.end != before.offset + before.song.total:
            events.append(SongEnded(before.song, whole=False))
        events.append(SongBegan(one.song, one.offset))
        for stretch in stretches:
            events.append(sound_of(one, stretch, primes=primes > 0))
            primes -= 1
        if one.end == one.offset + one.song.total:
            events.append(SongEnded(one.song, whole=True))
        before = one
    return events


def sound_of(one: Aired, stretch: Sealed, *, primes: bool = False) -> Sound:
    return Sound(
        offset=stretch.offset,
        audio=stretch.audio,
        song=one.song,
        song_offset=one.offset,
        before=stretch.before,
        signature=stretch.signature,
        primes=primes,
    )


def sounds(events: Iterable[Event]) -> list[tuple[int, bytes]]:
    return [(event.offset, event.audio) for event in events if isinstance(event, Sound)]


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


def song_frame(one: Aired, offset: int) -> SongFrame:
    return replace(one.frame(), offset=offset)


def moved(frame: Frame, by: int) -> Frame:
    return replace(frame, offset=frame.offset + by)


FIRST = AIRED[0].frame()
DATA, SEAL = STRETCHES[0].frames()
DATA_2, SEAL_2 = STRETCHES[1].frames()
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
OTHER_SIGNED = air(1, 1000, key=OTHER_KEY)
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


def frames_until(end: int) -> list[Frame]:
    """All frames of the stretches that end there or before, with their songs."""
    out = list[Frame]()
    for one in AIRED:
        stretches = [stretch for stretch in one.stretches if stretch.end <= end]
        if stretches:
            out.append(one.frame())
        for stretch in stretches:
            out += stretch.frames()
    return out


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
