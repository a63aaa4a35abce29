# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of accepted connections: links that wait, or a last word if there is no room."""

import socket

from common.errors import ErrorCode
from control.framing import encode
from control.session_messages import Error
from data.frames import Fail
from server.channel import clock
from server.config import Limits
from server.control_link import ControlLink
from server.data_link import DataLink
from server.deadlines import Deadlines
from server.pump import Pump
from server.refusals import Refusal
from server.service import Service
from server.transport import PLAIN, Transport
from server.waiting import TOLD, WaitingRoom


class ControlDoor:
    """Where clients say HELLO.

    Attributes:
        links: all control connections, greeted or not.
    """

    def __init__(
        self,
        service: Service,
        deadlines: Deadlines,
        pump: Pump,
        transport: Transport = PLAIN,
    ) -> None:
        """Nobody has come yet."""
        self.links: set[ControlLink] = set()
        self._service = service
        self._deadlines = deadlines
        self._pump = pump
        self._transport = transport
        limits = service.limits
        self._room = WaitingRoom[ControlLink](limits.waiting, limits.waiting_per_address)

    def accept(self, sock: socket.socket, peer: str) -> None:
        """Take a connection; raises OSError where it is gone already."""
        refusal = self._room.refusal(peer)
        if refusal is not None:
            self._turn_away(sock, peer, refusal)
            return
        link = ControlLink(
            sock,
            peer,
            self._service,
            self._deadlines,
            self._pump,
            greeted=self._room.leave,
            gone=self._gone,
            transport=self._transport,
        )
        self.links.add(link)
        link.begin()
        if link.waits:
            self._room.enter(link, peer)

    def has_no_descriptor(self, sock: socket.socket, peer: str) -> None:
        """The last word to somebody for whom this process has no descriptor left."""
        self._turn_away(sock, peer, Refusal.DESCRIPTORS)

    def bound(self, limits: Limits) -> None:
        """Other limits hold from now on."""
        self._room.bound(limits.waiting, limits.waiting_per_address)

    def _turn_away(self, sock: socket.socket, peer: str, refusal: Refusal) -> None:
        self._service.refusals.count(refusal, peer, now=clock())
        self._service.tally.errors[ErrorCode.BUSY] += 1
        self._transport.last_word(sock, encode(0, Error(ErrorCode.BUSY, TOLD[refusal])))

    def _gone(self, link: ControlLink) -> None:
        self.links.discard(link)
        self._room.leave(link)


class DataDoor:
    """Where sessions attach."""

    def __init__(
        self,
        service: Service,
        deadlines: Deadlines,
        pump: Pump,
        transport: Transport = PLAIN,
    ) -> None:
        """Nobody has come yet."""
        self._service = service
        self._deadlines = deadlines
        self._pump = pump
        self._transport = transport
        limits = service.limits
        self._room = WaitingRoom[DataLink](limits.waiting, limits.waiting_per_address)

    def accept(self, sock: socket.socket, peer: str) -> None:
        """Take a connection; raises OSError where it is gone already."""
        refusal = self._room.refusal(peer)
        if refusal is not None:
            self._service.refusals.count(refusal, peer, now=clock())
            self._service.tally.errors[ErrorCode.BUSY] += 1
            self._transport.last_word(sock, Fail(0, 0, 0, ErrorCode.BUSY, TOLD[refusal]).encode())
            return
        link = DataLink(
            sock,
            peer,
            self._service,
            self._deadlines,
            self._pump,
            gone=self._room.leave,
            transport=self._transport,
        )
        link.begin()
        if link.waits:
            self._room.enter(link, peer)

    def bound(self, limits: Limits) -> None:
        """Other limits hold from now on."""
        self._room.bound(limits.waiting, limits.waiting_per_address)
