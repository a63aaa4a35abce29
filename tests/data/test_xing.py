# SPDX-License-Identifier: GPL-3.0-or-later
"""The first frame that is no sound: Xing, Info, VBRI, and LAME's extension."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.mpeg import FrameHeader, parse_header
from data.xing import InfoFrame, InfoKind, parse_info_frame
from tests.mp3_samples import ENCODED

# Side information: 32, 17, 17 and 9 bytes. The mark follows it.
PLACES = [("fffb9064", 36), ("fffb90c4", 21), ("fff38064", 21), ("fff380c4", 13), ("ffe380c4", 13)]
LAME = b"LAME3.100" + bytes(12) + bytes.fromhex("2402f4") + bytes(12)  # delay 576, padding 756


def parsed(header: bytes) -> FrameHeader:
    result = parse_header(header)
    assert result is not None
    return result


def info(frame: bytes) -> InfoFrame | None:
    header = parsed(frame[:4])
    return parse_info_frame(frame.ljust(header.length, b"\0"), header)


@pytest.mark.parametrize(("golden", "at"), PLACES)
def test_the_mark_stands_behind_the_side_information(golden: str, at: int) -> None:
    front = bytes.fromhex(golden).ljust(at, b"\0")
    assert info(front + b"Xing" + bytes(4)) == InfoFrame(InfoKind.XING)
    assert info(front + b"Info" + bytes(4)) == InfoFrame(InfoKind.INFO)
    assert info(front + b"info" + bytes(4)) is None
    assert info(front + b"." + b"Xing" + bytes(4)) is None


@pytest.mark.parametrize("at", [36, 38])
def test_with_a_crc_it_stands_in_either_place(at: int) -> None:
    front = bytes.fromhex("fffa9064").ljust(at, b"\0")
    assert info(front + b"Xing" + bytes(4)) == InfoFrame(InfoKind.XING)


def test_without_a_crc_only_in_one() -> None:
    assert info(bytes.fromhex("fffb9064").ljust(38, b"\0") + b"Xing" + bytes(4)) is None


FIELDS = {
    1: bytes.fromhex("00000074"),
    2: bytes.fromhex("0000bf04"),
    4: bytes(range(100)),
    8: bytes.fromhex("00000039"),
}


@pytest.mark.parametrize("flags", range(16))
def test_each_flag_brings_its_field_and_lame_follows(flags: int) -> None:
    fields = b"".join(field for flag, field in FIELDS.items() if flags & flag)
    front = bytes.fromhex("fffb9064").ljust(36, b"\0")
    assert info(front + b"Info" + flags.to_bytes(4, "big") + fields + LAME) == InfoFrame(
        InfoKind.INFO,
        frames=116 if flags & 1 else None,
        size=48900 if flags & 2 else None,
        encoder="LAME3.100",
        delay=576,
        padding=756,
    )


@pytest.mark.parametrize("name", [b"\0" * 9, b"U" * 9, b"\xaa" * 9, b"LA\x01E3.100"])
def test_filling_is_no_extension(name: bytes) -> None:
    front = bytes.fromhex("fffb9064").ljust(36, b"\0") + b"Xing" + bytes(4)
    assert info(front + name + LAME[9:]) == InfoFrame(InfoKind.XING)


def test_other_encoders_write_the_extension_too() -> None:
    front = bytes.fromhex("fffb9064").ljust(36, b"\0") + b"Xing" + bytes(4)
    found = info(front + b"Lavf\0\0\0\0\0" + LAME[9:])
    assert found is not None
    assert (found.encoder, found.delay, found.padding) == ("Lavf", 576, 756)


def test_vbri_stands_in_one_place_always() -> None:
    body = b"VBRI" + bytes.fromhex("0001 0000 004b 0000e035 00000074")
    for golden in ("fffb9064", "fffb90c4", "fff38064"):
        front = bytes.fromhex(golden).ljust(36, b"\0")
        assert info(front + body) == InfoFrame(InfoKind.VBRI, frames=116, size=57397)
    assert info(bytes.fromhex("fff380c4").ljust(13, b"\0") + body) is None


def test_a_frame_cut_short_gives_what_is_there() -> None:
    frame = bytes.fromhex("fffb9064").ljust(36, b"\0") + b"VBRI\0\1"
    assert parse_info_frame(frame, parsed(frame)) == InfoFrame(InfoKind.VBRI)
    frame = bytes.fromhex("fffb9064").ljust(36, b"\0") + b"Xing\0\0\0\x0f" + FIELDS[1]
    assert parse_info_frame(frame, parsed(frame)) == InfoFrame(InfoKind.XING, frames=116)


@pytest.mark.parametrize("kind", ENCODED)
def test_what_lame_writes(kind: str, samples: dict[str, Path]) -> None:
    content = samples[kind].read_bytes()
    at = 0
    if content.startswith(b"ID3"):
        at = 10 + (content[8] << 7 | content[9])
    header = parsed(content[at : at + 4])
    found = parse_info_frame(content[at : at + header.length], header)
    # A frame of 16 kbit/s has no room for the tag: LAME leaves it out.
    if "-t" in ENCODED[kind][1] or kind == "mpeg25_8k_mono":
        assert found is None
    else:
        assert found is not None
        is_variable = {"-V", "--abr"} & set(ENCODED[kind][1])
        assert found.kind == (InfoKind.XING if is_variable else InfoKind.INFO)
        assert found.delay == 576
        assert found.encoder is not None
        assert found.encoder.startswith("LAME")


@given(st.sampled_from([golden for golden, _ in PLACES]), st.binary(max_size=300))
def test_no_frame_crashes_it(golden: str, body: bytes) -> None:
    header = bytes.fromhex(golden)
    for start in (b"", b"Xing", b"Info\0\0\0\x0f", b"VBRI"):
        for at in (13, 21, 36):
            frame = header.ljust(at, b"\0") + start + body
            parse_info_frame(frame, parsed(header))
