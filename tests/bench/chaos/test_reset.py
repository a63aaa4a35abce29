# SPDX-License-Identifier: GPL-3.0-or-later
"""Resets from the middle of a link: which connections, and with numbers that their ends accept."""

import struct

from bench.chaos.reset import ACK, FIN, RST, SYN, End, Flows, Segment, reset_for, segment, target_of

SERVER, CLIENT = bytes([10, 77, 0, 1]), bytes([10, 77, 0, 2])
CONTROL, DATA = 55353, 55360


def packet(
    source: tuple[bytes, int],
    target: tuple[bytes, int],
    number: int = 1000,
    acknowledged: int = 5000,
    flags: int = ACK,
    data: bytes = b"",
) -> bytes:
    tcp = struct.pack(
        "!HHIIBBHHH", source[1], target[1], number, acknowledged, 5 << 4, flags, 500, 0, 0
    )
    length = 20 + len(tcp) + len(data)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, 6, 0, source[0], target[0])
    return ip + tcp + data


def talk(flows: Flows, port: int, client_port: int) -> None:
    assert flows.pass_on(packet((CLIENT, client_port), (SERVER, port), 100, 700)) is None
    assert flows.pass_on(packet((SERVER, port), (CLIENT, client_port), 700, 100)) is None


def ones_sum(content: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(content) // 2}H", content))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_a_segment_is_read_and_everything_else_is_not_one() -> None:
    seen = segment(packet((CLIENT, 4000), (SERVER, CONTROL), 7, 9, ACK, b"abc"))
    assert seen == Segment(End(CLIENT, 4000), End(SERVER, CONTROL), 7, 9, ACK, 3)
    assert segment(b"") is None
    datagram = bytearray(packet((CLIENT, 1), (SERVER, 2)))
    datagram[9] = 17
    assert segment(bytes(datagram)) is None


def test_a_reset_has_the_number_that_its_receiver_expects_and_sums_that_are_right() -> None:
    seen = segment(packet((CLIENT, 4000), (SERVER, CONTROL), 100, 700, ACK | FIN, b"ab"))
    assert seen is not None
    made = reset_for(seen)
    answer = segment(made)
    assert answer == Segment(End(SERVER, CONTROL), End(CLIENT, 4000), 700, 103, RST | ACK, 0)
    assert target_of(made) == CLIENT
    assert ones_sum(made[:20]) == 0xFFFF
    assert ones_sum(made[12:20] + struct.pack("!HH", 6, 20) + made[20:]) == 0xFFFF


def test_both_ends_are_reset_and_whatever_they_still_send_is_answered_so() -> None:
    flows = Flows(SERVER)
    talk(flows, CONTROL, 4000)
    both = flows.reset(port=None, share=0.0)
    assert sorted(map(target_of, both)) == [SERVER, CLIENT]
    late = flows.pass_on(packet((CLIENT, 4000), (SERVER, CONTROL), 101, 777))
    assert late
    answer = segment(late)
    assert answer is not None
    assert (answer.flags & RST, answer.number) == (RST, 777)
    assert flows.pass_on(packet((CLIENT, 4000), (SERVER, CONTROL), flags=RST)) == b""


def test_only_the_port_that_is_meant() -> None:
    flows = Flows(SERVER)
    talk(flows, DATA, 4001)
    assert flows.reset(port=CONTROL, share=1.0) == []
    talk(flows, CONTROL, 4000)
    assert len(flows.reset(port=CONTROL, share=1.0)) == 2
    assert flows.pass_on(packet((CLIENT, 4001), (SERVER, DATA))) is None


def test_one_or_all() -> None:
    flows = Flows(SERVER)
    for number in range(5):
        talk(flows, CONTROL, 4000 + number)
    assert len(flows.reset(port=None, share=0.0)) == 2
    assert len(flows.reset(port=None, share=1.0)) == 8
    assert flows.reset(port=None, share=1.0) == []


def test_a_connection_that_was_reset_already_is_forgotten() -> None:
    flows = Flows(SERVER)
    talk(flows, CONTROL, 4000)
    flows.pass_on(packet((CLIENT, 4000), (SERVER, CONTROL), flags=RST))
    assert flows.reset(port=None, share=1.0) == []


def test_another_connection_between_the_same_ports_lives() -> None:
    flows = Flows(SERVER)
    talk(flows, CONTROL, 4000)
    flows.reset(port=None, share=1.0)
    assert flows.pass_on(packet((CLIENT, 4000), (SERVER, CONTROL), flags=SYN)) is None
    talk(flows, CONTROL, 4000)
