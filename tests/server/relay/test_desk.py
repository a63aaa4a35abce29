# SPDX-License-Identifier: GPL-3.0-or-later
"""RELAY, REPORT and ACCUSE answered, PARENTS sent (RFC.md, "Relays")."""

import pytest

from common.constants import JOIN_LIFETIME, MAX_BELIEVED, REPORT_EVERY
from common.errors import ErrorCode
from control.relay_messages import Relaying
from data.station import ticket
from server.relay.allowed import RelayPlan
from server.relay.desk import RENEW_BEFORE
from server.relay.listener import OFFERS
from server.relay.probe import NotReached
from tests.server.relay.desk import STATION_ID, STREAM, WALL, Desk, key


@pytest.fixture
def desk() -> Desk:
    return Desk(RelayPlan(fan_out=3, feeds=2))


class TestOffering:
    """RELAY."""

    def test_a_relay_is_dialled_back_at_its_own_address_and_then_told(self, desk: Desk) -> None:
        desk.tune(1, address="::ffff:10.0.0.9")
        desk.offer(1, port=4321)
        candidate = desk.prober.probes[0].candidate
        assert (candidate.address, candidate.port) == ("10.0.0.9", 4321)
        assert (candidate.key, candidate.station_id) == (key(1), STATION_ID)
        assert desk.answers == {}
        desk.reached()
        assert desk.answers == {1: Relaying(3, WALL)}

    def test_who_is_not_reached_is_told_why(self, desk: Desk) -> None:
        desk.tune(1)
        desk.offer(1)
        desk.reached(NotReached("a firewall"))
        assert desk.code(1) == ErrorCode.UNREACHABLE
        assert not desk.desk.tree.nodes[1].is_relay

    def test_who_listens_to_nothing_is_no_relay(self, desk: Desk) -> None:
        desk.offer(1)
        assert desk.code(1) == ErrorCode.NOT_TUNED

    def test_no_relays_are_wanted(self) -> None:
        desk = Desk(RelayPlan(offered=False))
        assert not desk.tune(1)
        desk.offer(1)
        assert desk.code(1) == ErrorCode.NO_RELAYS
        assert not desk.prober.probes

    def test_so_many_probes_wait_that_no_more_relays_are_wanted(self, desk: Desk) -> None:
        desk.prober.full = True
        desk.tune(1)
        desk.offer(1)
        assert desk.code(1) == ErrorCode.NO_RELAYS

    def test_an_address_that_means_nothing_elsewhere_is_not_dialled(self, desk: Desk) -> None:
        desk.tune(1, address="fe80::1%eth0")
        desk.offer(1)
        assert desk.code(1) == ErrorCode.UNREACHABLE
        assert not desk.prober.probes

    def test_a_session_cannot_make_the_server_dial_all_the_time(self, desk: Desk) -> None:
        desk.tune(1)
        for _ in range(OFFERS + 1):
            desk.offer(1)
        assert len(desk.prober.probes) == OFFERS
        assert [probe.dropped for probe in desk.prober.probes] == [True] * OFFERS
        assert desk.code(1) == ErrorCode.NO_RELAYS
        desk.now += 60.0
        desk.offer(1)
        assert len(desk.prober.probes) == OFFERS + 1

    def test_a_later_relay_takes_the_place_of_the_one_that_is_dialled(self, desk: Desk) -> None:
        desk.tune(1)
        desk.offer(1, port=4001)
        first = desk.prober.probes[0]
        desk.offer(1, port=4002)
        assert first.dropped
        assert desk.code(1) == ErrorCode.UNREACHABLE
        desk.prober.probes.pop(0)
        desk.reached()
        assert desk.answers[1] == Relaying(3, WALL)
        assert desk.desk.tree.nodes[1].port == 4002

    def test_who_leaves_while_it_is_dialled_is_answered(self, desk: Desk) -> None:
        desk.tune(1)
        desk.offer(1)
        desk.desk.untuned(1, now=desk.now)
        assert desk.code(1) == ErrorCode.UNREACHABLE
        desk.reached()
        assert 1 not in desk.desk.tree.nodes

    def test_children_are_told_of_a_relay_that_offers_itself_anew(self, desk: Desk) -> None:
        for node in (1, 2, 3):
            desk.relay(node)
        parent = desk.desk.tree.nodes[3].parent
        assert parent in {1, 2}
        desk.report(3, parent)
        desk.offer(parent, port=5555)
        desk.reached()
        assert desk.settle()[3].parents[0].port == 5555

    def test_a_relay_that_leaves_is_nobodys_parent(self, desk: Desk) -> None:
        for node in (1, 2, 3):
            desk.relay(node)
        parent = desk.desk.tree.nodes[3].parent
        assert parent in {1, 2}
        desk.report(3, parent)
        desk.offer(parent, port=0)
        assert desk.answers[parent] == Relaying(0, WALL)
        assert parent not in {one.node for one in desk.settle()[3].parents}


class TestPlacing:
    """PARENTS."""

    def test_who_is_placed_is_sent_parents_after_tuned(self, desk: Desk) -> None:
        desk.relay(1)
        desk.relay(2)
        assert desk.tune(3)
        assert not desk.station.sent
        notice = desk.settle()[3]
        assert notice.stream == STREAM
        parent = notice.parents[0]
        assert (parent.address, parent.port) == (f"10.0.0.{parent.node}", 4000)
        assert parent.expires == WALL + JOIN_LIFETIME
        admits = ticket.make(key(parent.node), STATION_ID, node=3, expires=parent.expires)
        assert parent.ticket == admits

    def test_who_did_not_ask_for_it_is_told_of_nobody(self, desk: Desk) -> None:
        desk.relay(1)
        desk.relay(2)
        assert not desk.tune(3, relayed=False)
        assert desk.settle() == {}

    def test_a_session_that_tunes_in_again_keeps_its_children(self, desk: Desk) -> None:
        for node in (1, 2, 3):
            desk.relay(node)
        parent = desk.desk.tree.nodes[3].parent
        assert parent in {1, 2}
        desk.report(3, parent)
        assert not desk.tune(parent, address=f"10.0.0.{parent}")
        assert desk.desk.tree.nodes[parent].children == {3}
        assert desk.tune(3, address="10.0.0.3")
        assert desk.settle()[3].parents[0].node == parent

    def test_who_comes_back_from_elsewhere_is_no_relay_there_until_it_says_so(
        self, desk: Desk
    ) -> None:
        desk.relay(1)
        desk.desk.control_lost(1)
        desk.desk.control_back(1, address="10.0.0.77")
        assert not desk.desk.tree.nodes[1].is_relay
        desk.offer(1)
        assert desk.prober.probes[0].candidate.address == "10.0.0.77"

    def test_time_places_who_has_waited(self, desk: Desk) -> None:
        for node in (1, 2, 3):
            desk.tune(node)
        assert desk.settle() == {}
        deadline = desk.desk.deadline()
        assert deadline is not None
        desk.now = deadline
        assert desk.settle()[3].parents == ()


class TestReporting:
    """REPORT."""

    def test_tickets_are_renewed_before_they_expire_where_they_may_be_needed(
        self, desk: Desk
    ) -> None:
        for node in range(1, 6):
            desk.relay(node)
        for node in (3, 4, 5):
            desk.report(node, desk.desk.tree.nodes[node].parent or 0)
        desk.settle()
        with_backups = [n for n in (3, 4, 5) if len(desk.desk.tree.nodes[n].told or ()) > 1]
        assert with_backups
        renewed: set[int] = set()
        for _ in range(int((JOIN_LIFETIME - RENEW_BEFORE) / REPORT_EVERY) + 1):
            desk.now += REPORT_EVERY
            for node in (3, 4, 5):
                desk.report(node, desk.desk.tree.nodes[node].parent or 0)
            renewed |= {node for node, _ in desk.station.sent}
        assert renewed == set(with_backups)
        assert all(
            parent.expires > WALL + JOIN_LIFETIME
            for _, notice in desk.station.sent
            for parent in notice.parents
        )

    def test_a_report_of_another_stream_is_ignored(self, desk: Desk) -> None:
        desk.relay(1)
        desk.relay(2)
        desk.tune(3)
        desk.settle()
        desk.report(3, 0, stream=STREAM - 1)
        assert desk.desk.tree.nodes[3].fed_by is None
        desk.report(99, 0)

    def test_nothing_is_sent_where_nothing_changes(self, desk: Desk) -> None:
        for node in range(1, 6):
            desk.relay(node)
        for node in range(1, 6):
            desk.report(node, desk.desk.tree.nodes[node].parent or 0)
        desk.settle()
        for node in range(1, 6):
            desk.report(node, desk.desk.tree.nodes[node].parent or 0)
        assert desk.settle() == {}


class TestAccusing:
    """ACCUSE."""

    def child_of(self, desk: Desk, relay: int) -> int:
        """A new listener that is sent to `relay`."""
        node = max(desk.desk.tree.nodes) + 1
        desk.tune(node, address=f"10.0.1.{node}")
        desk.settle()
        desk.desk.tree.nodes[node].told = (relay,)
        desk.report(node, relay)
        return node

    def test_a_believed_accusation_cuts_the_relay_off(self, desk: Desk) -> None:
        desk.relay(1)
        desk.relay(2)
        child = self.child_of(desk, 1)
        desk.accuse(child, 1)
        assert desk.desk.tree.nodes[1].banned
        assert desk.settle()[child].parents[0].node == 2
        desk.offer(1)
        assert desk.code(1) == ErrorCode.NO_RELAYS

    def test_nobody_is_believed_who_was_never_sent_there(self, desk: Desk) -> None:
        for node in (1, 2, 3):
            desk.relay(node)
        stranger = next(n for n in (1, 2) if n not in desk.desk.tree.nodes[3].known)
        desk.accuse(3, stranger)
        desk.accuse(3, 3)
        desk.accuse(3, 99)
        desk.accuse(99, 1)
        desk.accuse(3, 1, stream=STREAM - 1)
        assert not any(node.banned for node in desk.desk.tree.nodes.values())

    def test_who_accuses_too_often_is_only_moved(self, desk: Desk) -> None:
        for node in range(1, MAX_BELIEVED + 3):
            desk.relay(node)
        relays = list(range(1, MAX_BELIEVED + 3))
        child = max(relays) + 1
        desk.tune(child, address="10.0.1.1")
        for relay in relays:
            desk.desk.tree.nodes[child].told = (relay,)
            desk.accuse(child, relay)
            desk.settle()
        banned = [node for node in relays if desk.desk.tree.nodes[node].banned]
        assert banned == relays[:MAX_BELIEVED]
        assert desk.desk.tree.nodes[child].parent == 0

    def test_an_accusation_of_who_is_cut_off_already_costs_nothing(self, desk: Desk) -> None:
        desk.relay(1)
        desk.relay(2)
        children = [self.child_of(desk, 1) for _ in range(2)]
        desk.accuse(children[0], 1)
        desk.accuse(children[1], 1)
        assert desk.desk.believed.times(children[1]) == 0
