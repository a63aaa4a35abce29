# SPDX-License-Identifier: GPL-3.0-or-later
"""The credit policy: what it grants, and that no song ever waits for credit for good."""

from dataclasses import replace
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.constants import FIRST_WINDOW, MIN_WINDOW
from data.credit import MAX_WINDOW, Need, next_limit, window
from data.mpeg import LONGEST_FRAME


@pytest.mark.parametrize(
    ("rate", "flight"),
    [
        (None, FIRST_WINDOW),
        (0.0, MIN_WINDOW),
        (16384.0, 16384),
        (20000.5, 20000),
        (1e9, MAX_WINDOW),
        (float("inf"), MAX_WINDOW),
    ],
)
def test_window(rate: float | None, flight: int) -> None:
    assert window(rate) == flight


NEED = Need(received=0, limit=0, wanted=10**7, total=10**7, step=128_000, rate=100_000.0)


class TestFilling:
    """While there is room, about a second of the link is kept in flight."""

    def test_first(self) -> None:
        assert next_limit(NEED) == 100_000

    def test_it_is_renewed_when_half_is_used_up(self) -> None:
        assert next_limit(replace(NEED, limit=100_000, received=49_999)) is None
        assert next_limit(replace(NEED, limit=100_000, received=50_000)) == 150_000

    def test_a_faster_link_is_noticed(self) -> None:
        assert next_limit(replace(NEED, limit=100_000, rate=300_000.0)) == 300_000

    def test_a_slower_link_takes_nothing_back(self) -> None:
        assert next_limit(replace(NEED, limit=100_000, rate=20_000.0)) is None


class TestFull:
    """Once there is enough, grants come in steps."""

    FULL = replace(NEED, received=500_000, limit=500_000, step=30_000)

    def test_not_for_every_frame(self) -> None:
        assert next_limit(replace(self.FULL, wanted=529_999)) is None
        assert next_limit(replace(self.FULL, wanted=530_000)) == 530_000

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
        self, frames: list[int], *, ahead: int, step: int, rate: float | None, start: int
    ) -> None:
        self.ends = list(accumulate(frames))
        self.total = self.ends[-1]
        self.ahead, self.step, self.rate, self.start = ahead, step, rate, start
        self.limit = min(window(rate), ahead)
        self.received = self.played = 0
        self.is_open = False
        self.grants = self.stalls = 0

    @property
    def wanted(self) -> int:
        return self.played + self.ahead

    def deliver(self) -> None:
        """The server stops at the last whole frame below the limit."""
        self.received = max([0, *(end for end in self.ends if end <= self.limit)])

    def check(self) -> None:
        """What the client does whenever something has changed."""
        need = Need(
            received=self.received,
            limit=self.limit,
            wanted=self.wanted,
            total=self.total,
            step=self.step,
            rate=self.rate,
            played=self.played,
            filling=not self.is_open,
        )
        limit = next_limit(need)
        if limit is not None:
            assert self.limit < limit <= self.total
            assert limit <= max(self.wanted, self.limit)
            self.limit = limit
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
rates = st.one_of(st.none(), st.floats(0, 1e7))


@given(
    frames=sizes,
    ahead=st.integers(2 * LONGEST_FRAME, 300_000),
    step=st.integers(1, 1_000_000),
    rate=rates,
    start=st.integers(1, 1_000_000),
    amount=st.integers(1, 5000),
)
def test_every_song_reaches_its_end(
    frames: list[int], ahead: int, step: int, rate: float | None, start: int, amount: int
) -> None:
    player = Player(frames, ahead=ahead, step=step, rate=rate, start=start)
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
    player = Player(frames, ahead=ahead, step=step, rate=1e9, start=ahead)
    while player.received < player.total:
        player.deliver()
        player.check()
        player.deliver()
        player.start_or_play(LONGEST_FRAME)
        player.check()
    assert player.stalls == 0


def test_a_long_song_takes_few_grants() -> None:
    frames = [417] * 10_000  # 128 kbit/s
    player = Player(frames, ahead=480_000, step=128_000, rate=1e6, start=8000)
    while player.received < player.total:
        player.deliver()
        player.check()
        player.start_or_play(417)
    assert player.grants <= player.total // 100_000 + 3
