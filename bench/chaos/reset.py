# SPDX-License-Identifier: GPL-3.0-or-later
"""Resets TCP connections from the middle of a link, as a firewall does that lost its memory. Pure.

A segment that resets counts only if its sequence number is exactly the next one that its receiver
expects; that is the acknowledgement which the receiver's own segments carry.
"""

import struct
from dataclasses import dataclass
from typing import Final

TCP: Final = 6
VERSION_4: Final = 0x45  # a header without options, as the kernel sends it
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
MOST: Final = 4096  # connections that are remembered

_IP: Final = struct.Struct("!BBHHHBBH4s4s")
_TCP: Final = struct.Struct("!HHIIBBHHH")


@dataclass(frozen=True, slots=True)
class End:
    """One end of a connection."""

    address: bytes
    port: int


@dataclass(frozen=True, slots=True)
class Segment:
    """What matters of a TCP segment."""

    source: End
    target: End
    number: int
    acknowledged: int
    flags: int
    size: int  # bytes of data


def segment(packet: bytes) -> Segment | None:
    """The segment in an IP packet; None where there is none."""
    if len(packet) < _IP.size + _TCP.size or packet[0] != VERSION_4 or packet[9] != TCP:
        return None
    _, _, length, _, _, _, _, _, source, target = _IP.unpack_from(packet)
    fields = _TCP.unpack_from(packet, _IP.size)
    size = length - _IP.size - (fields[4] >> 4) * 4
    return Segment(
        End(source, fields[0]), End(target, fields[1]), fields[2], fields[3], fields[5], size
    )


def reset_for(seen: Segment) -> bytes:
    """The packet that resets the connection for the sender of a segment."""
    number = seen.acknowledged if seen.flags & ACK else 0
    begin = seen.number + seen.size + bool(seen.flags & (SYN | FIN))
    plain = _TCP.pack(
        seen.target.port, seen.source.port, number, begin % (1 << 32), 5 << 4, RST | ACK, 0, 0, 0
    )
    addresses = seen.target.address + seen.source.address
    check = _checksum(addresses + struct.pack("!HH", TCP, len(plain)) + plain)
    tcp = plain[:16] + struct.pack("!H", check) + plain[18:]
    length = _IP.size + len(tcp)
    bare = _IP.pack(VERSION_4, 0, length, 0, 0, 64, TCP, 0, addresses[:4], addresses[4:])
    return bare[:10] + struct.pack("!H", _checksum(bare)) + bare[12:] + tcp


class Flows:
    """The connections that cross a link, by the latest segment of either end."""

    def __init__(self, server: bytes) -> None:
        """None was seen; `server` is its address."""
        self._server = server
        self._latest: dict[tuple[End, End], Segment] = {}  # by source and target
        self._doomed: set[tuple[End, End]] = set()

    def pass_on(self, packet: bytes) -> bytes | None:
        """None: the packet may pass; else it may not, and this, if anything, answers its sender."""
        seen = segment(packet)
        if seen is None:
            return None
        way, back = (seen.source, seen.target), (seen.target, seen.source)
        if seen.flags & (SYN | ACK) == SYN:
            self._doomed -= {way, back}  # another connection, between the same ports
        if way in self._doomed:
            return b"" if seen.flags & RST else reset_for(seen)
        if seen.flags & RST:
            self._latest.pop(way, None)
            self._latest.pop(back, None)
        else:
            self._latest.pop(way, None)
            self._latest[way] = seen  # the last one is the youngest
            if len(self._latest) > MOST:
                del self._latest[next(iter(self._latest))]
        return None

    def reset(self, *, port: int | None, share: float) -> list[bytes]:
        """Reset a share of the connections to this port of the server, or (None) to any.

        At least one, if there is one. Returns what to send to either end; every later packet of
        theirs is answered with a reset too.
        """
        ways = [
            way
            for way in self._latest
            if way[1].address == self._server
            and (way[1], way[0]) in self._latest
            and port in {None, way[1].port}
        ]
        packets: list[bytes] = []
        for source, target in ways[: max(1, round(len(ways) * share))]:
            for way in ((source, target), (target, source)):
                self._doomed.add(way)
                packets.append(reset_for(self._latest.pop(way)))
        return packets


def target_of(packet: bytes) -> bytes:
    """The address that an IP packet is for."""
    return packet[16:20]


def _checksum(content: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(content) // 2}H", content))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
