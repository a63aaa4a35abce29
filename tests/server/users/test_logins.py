# SPDX-License-Identifier: GPL-3.0-or-later
"""The desk: places, threads and delays."""

import logging
from collections.abc import Callable

import pytest

from common.errors import ErrorCode, ProtocolError
from control.session_messages import Login
from server.logbook import Said
from server.users.hashing import Cost, HashedPassword
from server.users.logins import PLACES, PLACES_PER_ADDRESS, RUNNING, SHARE, Check, Outcome
from server.users.users_file import User
from tests.server.users.checking import ALICE, HASHED, RIGHT, USERS, Scene

FAILED = ErrorCode.LOGIN_FAILED


@pytest.fixture
def scene() -> Scene:
    return Scene()


class Guest:
    """Somebody who wants to come in."""

    def __init__(
        self, scene: Scene, user: str = "alice", password: str = RIGHT, address: str = "10.0.0.1"
    ) -> None:
        self.told: list[Outcome] = []
        login = Login(user, password)
        self.check: Check = scene.logins.begin(login, address, self.told.append, now=scene.now)


def busy(call: Callable[[], object]) -> str:
    with pytest.raises(ProtocolError) as error:
        call()
    assert error.value.code is ErrorCode.BUSY
    return error.value.text


def test_the_right_password_is_answered_at_once(scene: Scene) -> None:
    guest = Guest(scene)
    assert guest.told == []
    scene.threads.finish()
    assert guest.told == [ALICE]
    assert len(scene.logins) == 0
    assert scene.deadlines.next() is None


@pytest.mark.parametrize("user", ["alice", "nobody"])
def test_a_wrong_one_later_whoever_it_is(scene: Scene, user: str) -> None:
    guest = Guest(scene, user, "wrong")
    scene.now = 0.25
    scene.threads.finish()
    scene.at(0.49)
    assert guest.told == []
    scene.at(0.5)  # counted from HELLO: the time that the check takes tells nothing
    assert guest.told == [FAILED]
    scene.at(100.0)
    assert guest.told == [FAILED]


def test_each_failure_is_answered_later_than_the_one_before(scene: Scene) -> None:
    answered: list[float] = []
    for begun in range(0, 60, 10):
        scene.at(float(begun))
        guest = Guest(scene, password="wrong")
        scene.threads.finish()
        due = scene.deadlines.next()
        assert due is not None
        scene.at(due)
        assert guest.told == [FAILED]
        answered.append(due - begun)
    assert answered == [0.5, 1, 2, 4, 8, 8]


def test_a_name_in_another_form_is_the_same_name(scene: Scene) -> None:
    scene.logins.users = {"Björk": User("Björk", HASHED)}
    guest = Guest(scene, "Bjo\u0308rk")
    scene.threads.finish()
    assert guest.told == [User("Björk", HASHED)]


def test_an_unknown_name_costs_as_much_as_the_dearest(scene: Scene) -> None:
    dear = Cost(2**15, 8, 1)
    nobody = scene.logins._nobody  # pyright: ignore[reportPrivateUsage]
    assert nobody.cost == Cost()
    scene.logins.users = USERS | {"b": User("b", HashedPassword(dear, bytes(16), bytes(32)))}
    assert scene.logins._nobody.cost == dear  # pyright: ignore[reportPrivateUsage]
    guest = Guest(scene, "nobody")
    scene.threads.finish()
    scene.at(1.0)
    assert guest.told == [FAILED]


class TestPlaces:
    """Few at a time, and fewer from one address."""

    def test_so_many_run_and_the_others_wait(self, scene: Scene) -> None:
        guests = [Guest(scene, address=f"10.0.0.{n}") for n in range(PLACES)]
        assert len(scene.threads) == RUNNING
        assert "too many passwords" in busy(lambda: Guest(scene, address="10.0.1.1"))
        scene.threads.finish()
        assert [guest.told for guest in guests[:2]] == [[ALICE], []]
        assert len(scene.threads) == RUNNING
        scene.threads.finish(PLACES - 1)
        assert all(guest.told == [ALICE] for guest in guests)

    def test_one_address_has_a_share(self, scene: Scene) -> None:
        for _ in range(PLACES_PER_ADDRESS):
            Guest(scene)
        assert "your address" in busy(lambda: Guest(scene))
        other = Guest(scene, address="10.0.0.2")
        scene.threads.finish(PLACES_PER_ADDRESS + 1)
        assert other.told == [ALICE]
        Guest(scene)

    def test_a_failure_keeps_its_place_until_it_is_answered(self, scene: Scene) -> None:
        for _ in range(PLACES_PER_ADDRESS):
            Guest(scene, password="wrong")
        scene.threads.finish(PLACES_PER_ADDRESS)
        assert len(scene.logins) == 0  # those of other addresses are not in their way
        busy(lambda: Guest(scene))
        scene.at(0.5)
        Guest(scene)
        busy(lambda: Guest(scene))

    def test_an_address_is_a_host_of_ipv6_with_all_that_it_has(self, scene: Scene) -> None:
        for number in range(PLACES_PER_ADDRESS):
            Guest(scene, address=f"2001:db8::{number}")
        busy(lambda: Guest(scene, address="2001:db8::ffff"))
        Guest(scene, address="2001:db8:0:1::1")


class TestGone:
    """Clients that do not wait for the answer."""

    def test_who_goes_while_waiting_costs_nothing(self, scene: Scene) -> None:
        for _ in range(RUNNING):
            Guest(scene, address="10.0.0.2")
        guests = [Guest(scene) for _ in range(PLACES_PER_ADDRESS)]
        for guest in guests:
            scene.logins.drop(guest.check)
            scene.logins.drop(guest.check)
        assert len(scene.logins) == RUNNING
        scene.threads.finish(RUNNING)
        assert len(scene.threads) == 0
        assert [guest.told for guest in guests] == [[]] * PLACES_PER_ADDRESS
        for _ in range(PLACES_PER_ADDRESS):
            Guest(scene)

    def test_the_result_comes_too_late(self, scene: Scene) -> None:
        guest = Guest(scene)
        scene.logins.drop(guest.check)
        assert len(scene.logins) == 1  # the thread is at it still
        scene.threads.finish()
        assert guest.told == []
        assert len(scene.logins) == 0

    def test_who_does_not_wait_for_the_answer_to_a_failure_gains_nothing(
        self, scene: Scene
    ) -> None:
        guests = [Guest(scene, password="wrong") for _ in range(PLACES_PER_ADDRESS)]
        for guest in guests:
            scene.threads.finish()
            scene.logins.drop(guest.check)
        busy(lambda: Guest(scene))
        scene.at(8.0)
        another = Guest(scene, password="wrong")
        scene.threads.finish()
        scene.at(15.0)
        assert another.told == []
        scene.at(16.0)
        assert another.told == [FAILED]
        assert [guest.told for guest in guests] == [[]] * PLACES_PER_ADDRESS


class TestChanges:
    """The file of users is another one."""

    def test_who_has_gone_meanwhile_does_not_come_in(self, scene: Scene) -> None:
        guest = Guest(scene)
        scene.logins.users = {}
        scene.threads.finish()
        scene.at(1.0)
        assert guest.told == [FAILED]
        assert not scene.logins.knows(ALICE)

    def test_nor_who_has_another_password(self, scene: Scene) -> None:
        guest = Guest(scene)
        scene.logins.users = {"alice": User("alice", HashedPassword(Cost(), b"x" * 16, bytes(32)))}
        scene.threads.finish()
        scene.at(1.0)
        assert guest.told == [FAILED]

    def test_what_others_do_changes_nothing(self, scene: Scene) -> None:
        guest = Guest(scene)
        scene.logins.users = USERS | {"bob": User("bob", HASHED)}
        scene.threads.finish()
        assert guest.told == [ALICE]


def test_a_check_that_breaks_is_the_servers_fault(scene: Scene) -> None:
    guest = Guest(scene)
    scene.threads.breaks = True
    scene.threads.finish()
    assert guest.told == [ErrorCode.INTERNAL]
    assert len(scene.logins) == 0
    scene.threads.breaks = False
    for _ in range(PLACES_PER_ADDRESS):
        Guest(scene)


def test_the_log_names_users_and_no_passwords(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for user in ("alice", "hunter2"):  # one has typed the password for the name
        Guest(scene, user, "geheim")
        scene.threads.finish()
    assert caplog.messages == [
        "a wrong password for “alice” from 10.0.0.1",
        "a wrong password for an unknown name from 10.0.0.1",
    ]


def test_the_log_names_the_address_and_not_what_it_is_counted_by(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    Guest(scene, "alice", "geheim", "2001:db8::7")
    scene.threads.finish()
    (said,) = [record.msg for record in caplog.records]
    assert isinstance(said, Said)
    assert said.fields["peer"] == "2001:db8::7"


def test_an_ipv4_address_is_counted_once_however_it_is_written(scene: Scene) -> None:
    for number in range(PLACES_PER_ADDRESS):
        Guest(scene, address="10.0.0.7" if number % 2 else "::ffff:10.0.0.7")
    assert busy(lambda: Guest(scene, address="::ffff:a00:7")) == SHARE
