# SPDX-License-Identifier: GPL-3.0-or-later
"""What seals sign, in golden bytes, and the library that signs."""

from hashlib import sha256

import pytest

from common.ed25519 import signer, verifier
from data.station.seals import Chain, link, sealed, song_start
from tests.data.station.station import KEY, air
from tests.data.station.station import STATION as AIRED_STATION

STATION = bytes(range(16))
# RFC 8032, 7.1, TEST 2.
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_golden_start() -> None:
    start = song_start(STATION, 0x0102030405060708, b"payload")
    expected = b"antiphon song 1" + STATION + bytes.fromhex("0102030405060708") + b"payload"
    assert start == sha256(expected).digest()


def test_golden_link_and_what_is_signed() -> None:
    before = sha256(b"before").digest()
    found = link(before, 0x0102030405060708, b"audio")
    assert found == sha256(before + bytes.fromhex("0102030405060708") + b"audio").digest()
    assert sealed(before, found) == b"antiphon seal 1" + before + found


def test_a_station_id_of_another_size_would_move_the_fields() -> None:
    with pytest.raises(ValueError, match="15 bytes"):
        song_start(STATION[1:], 0, b"")


def test_the_library_signs_as_the_standard_says() -> None:
    key = signer(SEED)
    assert key.public_key == PUBLIC
    assert key.sign(b"\x72") == SIGNATURE
    assert verifier(PUBLIC)(SIGNATURE, b"\x72")


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        (SIGNATURE, b"\x73"),
        (SIGNATURE, b""),
        (bytes([SIGNATURE[0] ^ 1]) + SIGNATURE[1:], b"\x72"),
        (SIGNATURE[:-1], b"\x72"),
        (b"", b"\x72"),
        (bytes(64), b"\x72"),
    ],
)
def test_anything_else_does_not_verify(signature: bytes, message: bytes) -> None:
    assert not verifier(PUBLIC)(signature, message)


def test_keys_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        signer(SEED[1:])
    with pytest.raises(ValueError, match="32 bytes"):
        verifier(PUBLIC[1:])


@pytest.mark.parametrize("passed_over", range(5))
def test_a_chain_seals_what_follows_what_it_passed_over(passed_over: int) -> None:
    aired = air(1, 1000)
    chain = Chain(AIRED_STATION, 1000, aired.song.payload())
    for stretch in aired.stretches[:passed_over]:
        chain.pass_over(stretch.audio)
    for stretch in aired.stretches[passed_over:]:
        assert chain.next == stretch.offset
        assert chain.seal(stretch.audio, KEY.sign) == (stretch.before, stretch.signature)
    assert chain.next == aired.end
