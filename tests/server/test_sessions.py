# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions, secrets, tickets and limits."""

import pytest

from common.constants import SECRET_SIZE, TICKET_SIZE
from common.errors import ErrorCode, ProtocolError
from server.config import Limits, Share, Timers
from server.sessions import Registry, limit_key
from tests.server.fakes import CountingBytes


def registry(limits: Limits | None = None) -> Registry:
    return Registry(limits or Limits(), Timers(), CountingBytes())


def code_of(error: pytest.ExceptionInfo[ProtocolError]) -> ErrorCode:
    return error.value.code


def test_sessions_have_ids_secrets_and_tickets_of_their_own() -> None:
    sessions = registry()
    first, second = sessions.open("1.2.3.4", now=0.0), sessions.open("1.2.3.4", now=0.0)
    assert first.id != second.id
    assert 0 not in {first.id, second.id}
    assert len({first.secret, second.secret, first.ticket, second.ticket}) == 4
    assert len(first.secret) == SECRET_SIZE
    assert len(first.ticket) == TICKET_SIZE
    assert len(sessions) == 2
    assert list(sessions) == [first, second]


def test_no_more_sessions_than_allowed() -> None:
    sessions = registry(Limits(sessions=2))
    kept = [sessions.open(f"10.0.0.{n}", now=0.0) for n in range(2)]
    with pytest.raises(ProtocolError) as error:
        sessions.open("10.0.0.9", now=0.0)
    assert code_of(error) is ErrorCode.BUSY
    sessions.end(kept[0])
    sessions.open("10.0.0.9", now=0.0)


def test_no_more_sessions_from_one_address_than_allowed() -> None:
    sessions = registry(Limits(sessions_per_address=2))
    kept = [sessions.open("10.0.0.1", now=0.0) for _ in range(2)]
    with pytest.raises(ProtocolError) as error:
        sessions.open("10.0.0.1", now=0.0)
    assert code_of(error) is ErrorCode.ADDRESS_LIMIT
    sessions.open("10.0.0.2", now=0.0)
    sessions.end(kept[1])
    sessions.end(kept[1])  # once more does not count
    sessions.open("10.0.0.1", now=0.0)
    with pytest.raises(ProtocolError):
        sessions.open("10.0.0.1", now=0.0)


def test_zero_is_any_number_from_one_address() -> None:
    sessions = registry(Limits(sessions_per_address=0))
    for _ in range(200):
        sessions.open("10.0.0.1", now=0.0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("::1", "127.0.0.1", False),
    ],
)
def test_what_counts_as_one_address(one: str, other: str, same: bool) -> None:
    assert (limit_key(one) == limit_key(other)) is same


def test_a_resume_takes_the_right_secret_and_gives_a_new_one() -> None:
    sessions = registry()
    session = sessions.open("a", now=0.0)
    first = session.secret
    session.lost = 5.0
    resumed = sessions.resume(session.id, first, now=9.0)
    assert resumed is session
    assert resumed.lost is None
    assert resumed.secret != first
    sessions.resume(session.id, session.secret, now=9.0)
    for secret in (first, b"\xff" * SECRET_SIZE, b""):
        with pytest.raises(ProtocolError) as error:
            sessions.resume(session.id, secret, now=9.0)
        assert code_of(error) is ErrorCode.NO_SUCH_SESSION


def test_the_former_secret_is_good_until_the_client_has_the_new_one() -> None:
    sessions = registry()
    session = sessions.open("a", now=0.0)
    first = session.secret
    sessions.resume(session.id, first, now=9.0)
    # The WELCOME with the new secret was lost: the client can only come with the one it has.
    sessions.resume(session.id, first, now=10.0)
    sessions.asked(session, now=11.0)
    with pytest.raises(ProtocolError) as error:
        sessions.resume(session.id, first, now=12.0)
    assert code_of(error) is ErrorCode.NO_SUCH_SESSION
    sessions.resume(session.id, session.secret, now=13.0)


def test_a_session_that_is_over_or_another_is_not_resumed() -> None:
    sessions = registry()
    session, other = sessions.open("a", now=0.0), sessions.open("a", now=0.0)
    with pytest.raises(ProtocolError):
        sessions.resume(other.id, session.secret, now=0.0)
    with pytest.raises(ProtocolError):
        sessions.resume(77, session.secret, now=0.0)
    sessions.end(session)
    assert session.ended
    with pytest.raises(ProtocolError):
        sessions.resume(session.id, session.secret, now=0.0)


def test_a_ticket_admits_once() -> None:
    sessions = registry()
    session = sessions.open("a", now=0.0)
    ticket = session.ticket
    admitted = sessions.admit(session.id, ticket, now=1.0)
    assert admitted is session
    assert admitted.attached_once
    for again in (ticket, b"", bytes(TICKET_SIZE)):
        with pytest.raises(ProtocolError) as error:
            sessions.admit(session.id, again, now=1.0)
        assert code_of(error) is ErrorCode.BAD_TICKET


def test_a_ticket_expires() -> None:
    sessions = registry()
    session = sessions.open("a", now=100.0)
    end = 100.0 + Timers().ticket_lifetime
    with pytest.raises(ProtocolError) as error:
        sessions.admit(session.id, session.ticket, now=end)
    assert code_of(error) is ErrorCode.BAD_TICKET
    sessions.admit(session.id, session.ticket, now=end - 0.001)


def test_a_ticket_is_of_its_session_alone_and_the_newest_of_it() -> None:
    sessions = registry()
    session, other = sessions.open("a", now=0.0), sessions.open("a", now=0.0)
    for number in (other.id, 0, 99):
        with pytest.raises(ProtocolError):
            sessions.admit(number, session.ticket, now=0.0)
    first = session.ticket
    sessions.new_ticket(session, now=0.0)
    with pytest.raises(ProtocolError):
        sessions.admit(session.id, first, now=0.0)
    sessions.admit(session.id, session.ticket, now=0.0)


def test_ids_go_around_and_leave_out_those_in_use() -> None:
    sessions = registry()
    first = sessions.open("a", now=0.0)
    sessions._last_id = 0xFFFFFFFF  # pyright: ignore[reportPrivateUsage]
    assert sessions.open("a", now=0.0).id == first.id + 1


def test_workers_share_out_the_ids() -> None:
    registries = [
        Registry(Limits(), Timers(), CountingBytes(), Share(number, 3)) for number in (1, 2, 3)
    ]
    given = [[one.open("10.0.0.1", now=0.0).id for _ in range(3)] for one in registries]
    assert given == [[1, 4, 7], [2, 5, 8], [3, 6, 9]]
    registries[1]._last_id = 0xFFFFFFFE  # pyright: ignore[reportPrivateUsage]
    assert registries[1].open("10.0.0.1", now=0.0).id == 11  # those that are in use are left out
