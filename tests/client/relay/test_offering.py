# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the server knows that a listener takes children."""

from itertools import count, product

import pytest

from client.relay.offering import (
    ASK_AGAIN,
    OFFER_TABLE,
    OfferAction,
    Offering,
    OfferInput,
    OfferState,
)
from common.errors import ErrorCode
from control.relay_messages import Relay, Relaying
from control.session_messages import Error
from tests.client.relay.broadcast import Listener

S, I, A = OfferState, OfferInput, OfferAction  # noqa: E741 - as in the table

EXPECTED = """
            OFF          WAITING         ASKED           OFFERED          USELESS
TUNED       WAITING:-    WAITING:-       WAITING:-       WAITING:-        WAITING:-
UNTUNED     OFF:-        OFF:-           OFF:WITHDRAW    OFF:WITHDRAW     OFF:-
READY       OFF:-        ASKED:ASK       ASKED:-         OFFERED:-        USELESS:-
RELAYING    OFF:-        WAITING:-       OFFERED:-       OFFERED:-        USELESS:-
UNREACHABLE OFF:-        WAITING:-       USELESS:TELL    USELESS:TELL     USELESS:-
NOT_NOW     OFF:-        WAITING:-       WAITING:PAUSE   WAITING:PAUSE    USELESS:-
UNLINKED    OFF:-        WAITING:-       WAITING:-       OFFERED:-        USELESS:-
LINKED      OFF:-        WAITING:-       WAITING:-       WAITING:-        WAITING:-
"""


def cells() -> dict[tuple[OfferState, OfferInput], tuple[OfferState, OfferAction]]:
    head, *rows = [line.split() for line in EXPECTED.strip().splitlines()]
    found = {}
    for what, *row in rows:
        for state, cell in zip(head, row, strict=True):
            after, _, action = cell.partition(":")
            found[S[state], I[what]] = S[after], A.NOTHING if action == "-" else A[action]
    return found


@pytest.mark.parametrize(("state", "what"), list(product(S, I)))
def test_every_cell(state: OfferState, what: OfferInput) -> None:
    assert OFFER_TABLE.step(state, what) == cells()[state, what]


class Offer:
    """An offer, who hears of it, and a secret that is never the same."""

    def __init__(self) -> None:
        self.listening = Listener()
        self.notices: list[str] = []
        secrets = count(1)
        self.offering = Offering(
            self.listening,
            children=3,
            rate=48_000,
            secret=lambda size: bytes([next(secrets)]) * size,
            tell=self.notices.append,
        )
        self.offering.listens(5999)
        self.offering.tuned()

    @property
    def asked(self) -> list[Relay]:
        return self.listening.asked

    def is_answered(self, answer: Relaying | Error, *, now: float = 10.0) -> None:
        self.offering.answered(self.asked[-1], answer, now=now)


def test_it_is_made_when_there_is_something_to_pass_on_and_only_once() -> None:
    offer = Offer()
    assert offer.asked == []
    assert not offer.offering.is_open
    offer.offering.ready(now=1.0)
    offer.offering.ready(now=2.0)
    assert offer.asked == [Relay(5999, 3, 48_000, b"\x01" * 32)]
    assert offer.offering.is_open  # for the server, which looks before it answers


def test_nothing_is_offered_where_nobody_can_connect() -> None:
    offer = Offer()
    offer.offering.listens(0)
    offer.offering.ready(now=1.0)
    assert offer.asked == []


def test_the_answer_tells_the_servers_clock() -> None:
    offer = Offer()
    offer.offering.ready(now=1.0)
    assert offer.offering.server_time(5.0) is None
    offer.is_answered(Relaying(3, 1_700_000_000))
    assert offer.offering.server_time(15.0) == 1_700_000_005


def test_the_user_is_told_once_that_nobody_can_reach_the_relay() -> None:
    offer = Offer()
    offer.offering.ready(now=1.0)
    offer.is_answered(Error(ErrorCode.UNREACHABLE, "it does not answer"))
    offer.offering.ready(now=1000.0)
    assert not offer.offering.is_open
    assert len(offer.asked) == 1
    assert len(offer.notices) == 1
    assert "port 5999" in offer.notices[0]
    assert "it does not answer" in offer.notices[0]


def test_and_not_again_when_it_comes_back_from_elsewhere_in_vain() -> None:
    offer = Offer()
    offer.offering.ready(now=1.0)
    offer.is_answered(Error(ErrorCode.UNREACHABLE, "no"))
    offer.offering.linked()
    offer.offering.ready(now=2.0)
    offer.is_answered(Error(ErrorCode.UNREACHABLE, "no"))
    assert len(offer.asked) == 2
    assert len(offer.notices) == 1


@pytest.mark.parametrize("code", [ErrorCode.NO_RELAYS, ErrorCode.NOT_TUNED, ErrorCode.UNKNOWN_TYPE])
def test_a_server_without_need_is_asked_again_later_with_another_key(code: ErrorCode) -> None:
    offer = Offer()
    offer.offering.ready(now=1.0)
    offer.is_answered(Error(code, "no"))
    offer.offering.ready(now=10.0 + ASK_AGAIN - 0.1)
    assert len(offer.asked) == 1
    offer.offering.ready(now=10.0 + ASK_AGAIN)
    assert [relay.key[0] for relay in offer.asked] == [1, 2]
    assert offer.notices == []


def test_an_answer_to_an_offer_that_was_replaced_counts_for_nothing() -> None:
    offer = Offer()
    offer.offering.ready(now=1.0)
    offer.offering.unlinked()
    offer.offering.ready(now=2.0)
    offer.offering.answered(offer.asked[0], Error(ErrorCode.UNREACHABLE, "no"), now=3.0)
    assert offer.notices == []
    assert offer.offering.is_open


def test_who_leaves_withdraws_the_offer_and_ignores_the_answer() -> None:
    offer = Offer()
    offer.offering.ready(now=1.0)
    offer.is_answered(Relaying(3, 100))
    offer.offering.untuned()
    assert offer.asked[-1] == Relay()
    offer.is_answered(Relaying(0, 100))
    assert not offer.offering.is_open


def test_an_offer_that_stands_outlives_the_link_and_is_made_anew_behind_it() -> None:
    offer = Offer()
    offer.offering.ready(now=1.0)
    offer.is_answered(Relaying(3, 100))
    offer.offering.unlinked()
    assert offer.offering.is_open
    offer.offering.linked()
    offer.offering.ready(now=2.0)
    assert offer.offering.keys == (b"\x02" * 32, b"\x01" * 32)
    assert offer.offering.is_open
