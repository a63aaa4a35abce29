# SPDX-License-Identifier: GPL-3.0-or-later
"""One station's relays: RELAY, REPORT and ACCUSE answered, PARENTS sent (RFC.md, "Relays").

It owns no socket, and feeds nobody: who is sent what is the station's, as its listeners report.
"""

from collections.abc import Callable
from typing import Final

from common.constants import JOIN_LIFETIME
from common.errors import ErrorCode, ProtocolError
from control.relay_messages import Accuse, Parent, Parents, Relay, Relaying, Report
from data.station import ticket
from server.logbook import Logbook
from server.relay.allowed import RelayPlan
from server.relay.believed import Believed
from server.relay.listener import OFFERS, Listener, RelayedStation, Tell
from server.relay.node import Node
from server.relay.probe import Candidate, NotReached, Outcome, Prober
from server.relay.reach import address_of
from server.relay.room import room_of
from server.relay.tree import Tree

EVENTS = Logbook("antiphon.server")

RENEW_BEFORE: Final = 20.0  # seconds before tickets expire, REPORT is answered with new ones
OFFER_EVERY: Final = 10.0  # seconds after which it may send one more


class RelayDesk:
    """The desk that a station's listeners come to about their parents."""

    def __init__(
        self,
        station: RelayedStation,
        allowed: RelayPlan,
        *,
        believed: Believed,
        prober: Prober,
        wall: Callable[[], float],
        soon: Callable[[Callable[[], None]], None],
        clock: Callable[[], float],
    ) -> None:
        """`soon` calls what it is given when the events of this moment have been handled.

        `wall` gives the seconds since 1970 that tickets refer to, `clock` the server's own time.
        """
        self.tree = Tree(allowed)
        self.listeners: dict[int, Listener] = {}
        self._station = station
        self.believed = believed
        self._prober = prober
        self._wall = wall
        self._soon = soon
        self._clock = clock
        self._is_settling = False

    # -- who listens

    def tuned(self, node_id: int, *, stream: int, address: str, relayed: bool, now: float) -> bool:
        """A session has tuned in; whether it is PLACED: PARENTS follow, and nothing is sent.

        `address` is where its control connection comes from.
        """
        known = self.listeners.get(node_id)
        if known is not None and known.address == address:
            known.stream = stream
            placed = self.tree.again(node_id, placeable=relayed, now=now)
        else:
            self.untuned(node_id, now=now)
            self.listeners[node_id] = Listener(address, stream, offered=now)
            placed = self.tree.join(node_id, address_of(address), placeable=relayed, now=now)
        self._settle_soon()
        return placed

    def untuned(self, node_id: int, *, now: float) -> None:
        """A session listens no more. May be called again."""
        listener = self.listeners.pop(node_id, None)
        if listener is not None:
            self._drop_probe(listener, "you have left the station")
            self.tree.leave(node_id, now=now)
            self._settle_soon()

    def control_lost(self, node_id: int) -> None:
        """A session's control connection is lost; it may go on listening, and feeding others."""
        if node_id in self.listeners:
            self.tree.lost(node_id)
            self._settle_soon()

    def control_back(self, node_id: int, *, address: str) -> None:
        """A session has a control connection again, perhaps from elsewhere."""
        listener = self.listeners.get(node_id)
        if listener is None:
            return
        if listener.address != address:  # where it was reached is not where it is
            listener.address = address
            self._drop_probe(listener, "your address has changed")
            self._withdraw(node_id, listener, now=self._clock())
        self.tree.back(node_id, address_of(address))
        self._settle_soon()

    # -- RELAY

    def relay(self, node_id: int, message: Relay, tell: Tell, *, now: float) -> None:
        """Answer RELAY, perhaps later."""
        listener = self.listeners.get(node_id)
        if listener is None:
            text = "only who listens to a station can relay it"
            tell(ProtocolError(ErrorCode.NOT_TUNED, text))
            return
        self._drop_probe(listener, "another RELAY has come")
        if not message.port:
            self._withdraw(node_id, listener, now=now)
            tell(self._relaying(0))
            return
        try:
            self._check_offer(node_id, listener, now=now)
        except ProtocolError as error:
            tell(error)
        else:
            self._probe(node_id, listener, message, tell)

    def _check_offer(self, node_id: int, listener: Listener, *, now: float) -> None:
        is_banned = self.tree.nodes[node_id].banned
        if not self.tree.allowed.offered or is_banned or self._prober.is_full:
            raise ProtocolError(ErrorCode.NO_RELAYS, "this server needs no relays")
        if address_of(listener.address) is None:
            text = f"nobody else can use your address, {listener.address}"
            raise ProtocolError(ErrorCode.UNREACHABLE, text)
        earned = (now - listener.offered) / OFFER_EVERY
        listener.offers, listener.offered = min(OFFERS, listener.offers + earned), now
        if listener.offers < 1:
            text = f"too many RELAYs; try again in {OFFER_EVERY:.0f} seconds"
            raise ProtocolError(ErrorCode.NO_RELAYS, text)
        listener.offers -= 1

    def _probe(self, node_id: int, listener: Listener, message: Relay, tell: Tell) -> None:
        seen = address_of(listener.address)
        address = listener.address if seen is None else seen.text
        candidate = Candidate(
            address,
            message.port,
            message.key,
            self._station.station_id(),
            self._station.verify(),
        )

        def found(outcome: Outcome) -> None:
            listener.probe = listener.refuse = None
            self._found(node_id, listener, message, outcome, tell)

        listener.refuse = tell
        listener.probe = self._prober.begin(candidate, found)

    def _found(
        self, node_id: int, listener: Listener, message: Relay, outcome: Outcome, tell: Tell
    ) -> None:
        if isinstance(outcome, NotReached):
            EVENTS.debug(
                "relay_refused",
                "session {session} is no relay",
                session=node_id,
                reason=outcome.text,
            )
            self._withdraw(node_id, listener, now=self._clock())
            tell(ProtocolError(ErrorCode.UNREACHABLE, outcome.text))
            return
        listener.key = message.key
        room = room_of(message, measured=outcome.rate, stream=self._station.rate())
        self.tree.retell(node_id)  # whoever has a ticket for what was offered before
        room = self.tree.offer(node_id, port=message.port, room=room, rate=outcome.rate)
        EVENTS.debug(
            "relay_found",
            "session {session} relays to {children}, seen at {rate} B/s",
            session=node_id,
            children=room,
            rate=round(outcome.rate),
        )
        tell(self._relaying(room))
        self._settle_soon()

    def _withdraw(self, node_id: int, listener: Listener, *, now: float) -> None:
        if listener.key:
            listener.key = b""
            self.tree.withdraw(node_id, now=now)
            self._settle_soon()

    @staticmethod
    def _drop_probe(listener: Listener, why: str) -> None:
        probe, tell = listener.probe, listener.refuse
        listener.probe = listener.refuse = None
        if probe is not None:
            probe.dropped = True
        if tell is not None:
            tell(ProtocolError(ErrorCode.UNREACHABLE, why))

    def _relaying(self, room: int) -> Relaying:
        return Relaying(room, int(self._wall()))

    # -- REPORT and ACCUSE

    def report(self, node_id: int, message: Report, *, now: float) -> None:
        """Take note of REPORT."""
        listener = self.listeners.get(node_id)
        if listener is None or message.stream != listener.stream:
            return
        node = self.tree.nodes[node_id]
        if self.tree.report(
            node_id,
            message.node,
            behind=max(0, self._station.live() - message.offset),
            buffered=message.buffered,
            pace=message.pace,
            now=now,
        ):
            self._settle_soon()
        elif node.told and len(node.told) > 1 and self._is_expiring(listener, now=now):
            # Who can only go to the server needs no ticket, and is not sent one.
            self._send(node, node.told, now=now)

    def accuse(self, node_id: int, message: Accuse, *, now: float) -> None:
        """Cut off a liar, or keep its accuser from it."""
        listener = self.listeners.get(node_id)
        if listener is None or message.stream != listener.stream:
            return
        node, accused = self.tree.nodes[node_id], self.tree.nodes.get(message.node)
        if accused is None or accused is node or not self._may_have_fed(accused, node):
            return
        self.tree.part(node_id, accused.id, now=now)
        if not accused.banned and self.believed.believe(node_id, listener.address):
            EVENTS.warning(
                "relay_banned",
                "session {session} is a relay no more:"
                " session {accuser} caught it in a forgery at {offset}",
                session=accused.id,
                accuser=node_id,
                offset=message.offset,
            )
            self.tree.ban(accused.id, now=now)
        self._settle_soon()

    @staticmethod
    def _may_have_fed(accused: Node, node: Node) -> bool:
        return accused.id in node.known or node.fed_by == accused.id

    # -- time

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return self.tree.deadline(now=self._clock())

    def tick(self, *, now: float) -> None:
        """Let time pass."""
        deadline = self.tree.deadline(now=now)
        if deadline is not None and deadline <= now:
            self._settle()

    def _settle_soon(self) -> None:
        # PARENTS must not overtake TUNED, and many events at once are one change.
        if not self._is_settling:
            self._is_settling = True
            self._soon(self._settle)

    def _settle(self) -> None:
        self._is_settling = False
        now = self._clock()
        for node_id, parents in self.tree.plan(now=now).items():
            self._send(self.tree.nodes[node_id], parents, now=now)

    def _is_expiring(self, listener: Listener, *, now: float) -> bool:
        return now >= listener.renewed + JOIN_LIFETIME - RENEW_BEFORE

    def _send(self, node: Node, parents: tuple[int, ...], *, now: float) -> None:
        listener = self.listeners[node.id]
        listener.renewed = now
        expires = int(self._wall()) + JOIN_LIFETIME
        station_id = self._station.station_id()
        entries: list[Parent] = []
        for parent_id in parents:
            relay, address = self.listeners.get(parent_id), self.tree.nodes[parent_id].address
            if relay is None or not relay.key or address is None:
                continue
            admits = ticket.make(relay.key, station_id, node=node.id, expires=expires)
            port = self.tree.nodes[parent_id].port
            entries.append(Parent(parent_id, port, expires, admits, address.text))
        self._station.send_parents(node.id, Parents(listener.stream, tuple(entries)))
