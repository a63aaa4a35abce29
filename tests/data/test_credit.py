# SPDX-License-Identifier: GPL-3.0-or-later
"""The credit policy: what it grants, and that no song ever waits for credit for good."""

from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.constants import FIRST_WINDOW, MIN_WINDOW
from data.credit import MAX_WINDOW, Flight, Need, next_limit
from data.mpeg import LONGEST_FRAME


class Link:
    """Carries `rate` bytes per second after a round trip, from a server that sends all it may."""

    def __init__(self, flight: Flight, *, rate: float, round_trip: float) -> None:
        self.flight, self.rate, self.round_trip = flight, rate, round_trip
        self.now = 0.0
        self.received = self.limit = 0
        self._may_send = [(0.0, flight.size)]  # when the server hears of a limit
        self._sent = 0.0

    def carry(self, seconds: float, *, tick: float = 0.01) -> int:
        """Bytes that came meanwhile, with credit granted as the client does."""
        before, self.limit = self.received, max(self.limit, self.flight.size)
        for _ in range(round(seconds / tick)):
            self.now += tick
            heard = max(limit for at, limit in self._may_send if at <= self.now)
            self._sent = min(float(heard), self._sent + self.rate * tick)
            if size := int(self._sent) - self.received:
                self.received += size
                self.flight.arrived(size, now=self.now)
            need = replace(NEED, received=self.received, limit=self.limit, flight=self.flight.size)
            if (limit := next_limit(need)) is not None:
                self.limit = limit
                self._may_send.append((self.now + self.round_trip, limit))
        return self.received - before


NEED = Need(received=0, limit=0, wanted=10**9, total=10**9, step=128_000, flight=100_000)


def flight_of(round_trip: float) -> Flight:
    flight = Flight()
    flight.round_trip(round_trip)
    return flight


class TestFlight:
    """How many bytes to keep in flight."""

    def test_of_an_unknown_link(self) -> None:
        assert Flight().size == FIRST_WINDOW

    @pytest.mark.parametrize(
        ("rate", "round_trip", "least", "most"),
        [
            (12_000, 0.3, 12_000, 18_000),
            (20_000, 0.08, MIN_WINDOW, 10_000),
            (75_000, 0.3, 70_000, 90_000),
            (1_250_000, 0.05, 300_000, 420_000),
            (10**9, 0.05, MAX_WINDOW, MAX_WINDOW),
        ],
    )
    def test_settles_at_some_round_trips_of_the_link(
        self, rate: float, round_trip: float, least: int, most: int
    ) -> None:
        link = Link(flight_of(round_trip), rate=rate, round_trip=round_trip)
        link.carry(10.0)
        assert least <= link.flight.size <= most

    @pytest.mark.parametrize("rate", [12_000, 75_000, 1_250_000])
    @pytest.mark.parametrize("round_trip", [0.02, 0.08, 0.3])
    def test_never_holds_a_full_link_back(self, rate: int, round_trip: float) -> None:
        link = Link(flight_of(round_trip), rate=rate, round_trip=round_trip)
        link.carry(10.0)
        assert link.carry(10.0) == pytest.approx(10.0 * rate, rel=0.01)

    def test_a_faster_link_is_filled_within_a_few_round_trips(self) -> None:
        link = Link(flight_of(0.3), rate=12_000, round_trip=0.3)
        link.carry(10.0)
        link.rate = 75_000
        assert link.carry(2.0) > 0.65 * 2 * 75_000
        assert link.carry(2.0) == pytest.approx(2 * 75_000, rel=0.01)

    def test_a_slower_link_has_little_in_flight_before_long(self) -> None:
        link = Link(flight_of(0.3), rate=75_000, round_trip=0.3)
        link.carry(10.0)
        link.rate = 12_000
        link.carry(10.0)
        assert link.flight.size < 18_000

    def test_one_lull_takes_a_fifth(self) -> None:
        flight = flight_of(0.05)
        flight.arrived(100_000, now=0)
        assert flight.size == 300_000
        flight.arrived(1, now=60)
        flight.arrived(1, now=60.099)
        assert flight.size == 300_000
        flight.arrived(1, now=60.101)
        assert flight.size == 240_000

    def test_the_quickest_answer_of_a_connection_counts(self) -> None:
        flight = flight_of(0.3)
        flight.round_trip(2.0)
        flight.arrived(1, now=0)
        flight.arrived(1, now=0.349)
        assert flight.size == FIRST_WINDOW
        flight.connected()
        flight.round_trip(2.0)
        flight.arrived(1, now=2.0)
        assert flight.size == FIRST_WINDOW
        flight.arrived(1, now=2.06)
        assert flight.size < FIRST_WINDOW


class TestFilling:
    """While there is room, so much is kept in flight."""

    def test_first(self) -> None:
        assert next_limit(NEED) == 100_000

    def test_it_is_renewed_when_half_is_used_up(self) -> None:
        assert next_limit(replace(NEED, limit=100_000, received=49_999)) is None
        assert next_limit(replace(NEED, limit=100_000, received=50_000)) == 150_000

    def test_while_sound_waits_when_a_quarter_is_used_up(self) -> None:
        waits = replace(NEED, limit=100_000, filling=True)
        assert next_limit(replace(waits, received=24_999)) is None
        assert next_limit(replace(waits, received=25_000)) == 125_000

    def test_a_slow_link_gets_no_packets_smaller_than_need_be(self) -> None:
        slow = replace(NEED, limit=MIN_WINDOW, flight=MIN_WINDOW, filling=True)
        assert next_limit(replace(slow, received=MIN_WINDOW // 2 - 1)) is None
        assert next_limit(replace(slow, received=MIN_WINDOW // 2)) == 3 * MIN_WINDOW // 2

    def test_a_larger_flight_is_granted(self) -> None:
        assert next_limit(replace(NEED, limit=100_000, flight=300_000)) == 300_000

    def test_a_smaller_one_takes_nothing_back(self) -> None:
        assert next_limit(replace(NEED, limit=100_000, flight=20_000)) is None


class TestFull:
    """Once there is enough, grants come in steps."""

    FULL = replace(NEED, received=500_000, limit=500_000, step=30_000)

    def test_not_for_every_frame(self) -> None:
        assert next_limit(replace(self.FULL, wanted=529_999)) is None
        assert next_limit(replace(self.FULL, wanted=530_000)) == 530_000

    def test_a_slow_link_gets_no_smaller_steps(self) -> None:
        full = replace(self.FULL, flight=10_000, is_full=True)
        assert next_limit(replace(full, wanted=529_999)) is None
        assert next_limit(replace(full, wanted=530_000)) == 510_000
        assert next_limit(replace(full, wanted=520_000, played=440_000)) == 510_000

    def test_of_what_is_left_or_waited_for_a_slow_link_gets_smaller_steps(self) -> None:
        full = replace(self.FULL, flight=10_000, is_full=True, wanted=520_000)
        assert next_limit(full) is None
        assert next_limit(replace(full, total=520_000)) == 510_000
        assert next_limit(replace(full, filling=True)) == 510_000

    def test_never_beyond_what_is_wanted(self) -> None:
        assert next_limit(replace(self.FULL, wanted=400_000)) is None

    def test_the_last_bytes_are_worth_a_grant(self) -> None:
        assert next_limit(replace(self.FULL, total=500_001)) == 500_001
        assert next_limit(replace(self.FULL, total=500_000)) is None

    def test_a_step_is_never_more_than_a_quarter_of_the_buffer(self) -> None:
        quiet = replace(self.FULL, wanted=505_000)
        assert next_limit(quiet) is None
        assert next_limit(replace(quiet, played=485_000)) == 505_000
        assert next_limit(replace(quiet, played=484_999)) == 505_000
        assert next_limit(replace(quiet, played=480_000)) is None

    def test_what_sound_may_be_waiting_for_is_granted_at_once(self) -> None:
        assert next_limit(replace(self.FULL, wanted=500_100, filling=True)) == 500_100


class Player:
    """A server that sends all it may, a buffer, and a player that starts by a rule."""

    def __init__(
        self, frames: list[int], *, ahead: int, step: int, flight: int, start: int
    ) -> None:
        self.ends = list(accumulate(frames))
        self.total = self.ends[-1]
        self.ahead, self.step, self.flight, self.start = ahead, step, flight, start
        self.limit = min(flight, ahead)
        self.received = self.played = 0
        self.is_open = self.is_full = False
        self.grants = self.stalls = 0

    @property
    def wanted(self) -> int:
        return self.played + self.ahead

    def deliver(self) -> None:
        """The server stops at the last whole frame below the limit."""
        whole = bisect_right(self.ends, self.limit)
        self.received = self.ends[whole - 1] if whole else 0

    def check(self) -> None:
        """What the client does whenever something has changed."""
        need = Need(
            received=self.received,
            limit=self.limit,
            wanted=self.wanted,
            total=self.total,
            step=self.step,
            flight=self.flight,
            played=self.played,
            filling=not self.is_open,
            is_full=self.is_full,
        )
        limit = next_limit(need)
        if limit is not None:
            assert self.limit < limit <= self.total
            assert limit <= max(self.wanted, self.limit)
            self.limit, self.is_full = limit, limit >= self.wanted
            self.grants += 1

    def start_or_play(self, amount: int) -> None:
        enough = min(self.start, self.total - self.played)
        is_full = self.received + LONGEST_FRAME > self.wanted or self.received == self.total
        if not self.is_open and (self.received - self.played >= enough or is_full):
            self.is_open = True
        elif self.is_open:
            self.played = min(self.received, self.played + amount)
            if self.played == self.received < self.total:
                self.is_open = False
                self.stalls += 1


sizes = st.one_of(
    st.integers(24, LONGEST_FRAME).map(lambda size: [size] * 200),
    st.lists(st.integers(24, LONGEST_FRAME), min_size=1, max_size=300),
    # Loud, then so quiet that a step of the loud part is more than the whole buffer.
    st.just([1044] * 100 + [24] * 400 + [1044] * 10),
)
flights = st.integers(MIN_WINDOW, MAX_WINDOW)


@given(
    frames=sizes,
    ahead=st.integers(2 * LONGEST_FRAME, 300_000),
    step=st.integers(1, 1_000_000),
    flight=flights,
    start=st.integers(1, 1_000_000),
    amount=st.integers(50, 5000),
)
def test_every_song_reaches_its_end(
    frames: list[int], ahead: int, step: int, flight: int, start: int, amount: int
) -> None:
    player = Player(frames, ahead=ahead, step=step, flight=flight, start=start)
    quiet_rounds = 0
    while player.received < player.total:
        before = (player.received, player.limit, player.played, player.is_open)
        player.deliver()
        player.check()
        player.start_or_play(amount)
        player.check()
        after = (player.received, player.limit, player.played, player.is_open)
        quiet_rounds = quiet_rounds + 1 if before == after else 0
        assert quiet_rounds < 2, f"waits for good: {vars(player)}"


@given(frames=sizes, ahead=st.integers(8 * LONGEST_FRAME, 300_000), step=st.integers(1, 10**6))
def test_a_link_that_carries_all_at_once_never_lets_it_run_dry(
    frames: list[int], ahead: int, step: int
) -> None:
    player = Player(frames, ahead=ahead, step=step, flight=MAX_WINDOW, start=ahead)
    while player.received < player.total:
        player.deliver()
        player.check()
        player.deliver()
        player.start_or_play(LONGEST_FRAME)
        player.check()
    assert player.stalls == 0


@pytest.mark.parametrize("flight", [20_000, 1_000_000])
def test_a_long_song_takes_few_grants(flight: int) -> None:
    frames = [417] * 10_000  # 128 kbit/s
    player = Player(frames, ahead=480_000, step=128_000, flight=flight, start=8000)
    while player.received < player.total:
        player.deliver()
        player.check()
        player.start_or_play(417)
    filling = 480_000 // (flight // 2)
    steps = player.total // 100_000
    assert player.grants <= filling + steps * (1 + 100_000 // flight) + 3
