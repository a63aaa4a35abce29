# SPDX-License-Identifier: GPL-3.0-or-later
"""Field types, both ways, at their bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ErrorCode, ProtocolError
from common.fields import Reader, Writer
from common.text import forbidden_character

NUMBERS = [("u8", 1), ("u16", 2), ("u32", 4), ("u64", 8)]


def malformed() -> "pytest.RaisesExc[ProtocolError]":
    return pytest.raises(ProtocolError, match=r"^MALFORMED: ")


@pytest.mark.parametrize(("name", "size"), NUMBERS)
class TestNumbers:
    """Unsigned, network byte order."""

    def test_golden(self, name: str, size: int) -> None:
        octets = bytes(range(1, size + 1))
        writer = Writer()
        getattr(writer, name)(int.from_bytes(octets, "big"))
        assert writer.finish() == octets
        reader = Reader(octets + b"rest")
        assert getattr(reader, name)() == int.from_bytes(octets, "big")
        assert reader.remaining == 4

    def test_bounds(self, name: str, size: int) -> None:
        most = (1 << size * 8) - 1
        writer = Writer()
        getattr(writer, name)(0)
        getattr(writer, name)(most)
        assert writer.finish() == bytes(size) + b"\xff" * size
        for value in (-1, most + 1):
            with pytest.raises(ValueError, match=f"does not fit into {size * 8} bits"):
                getattr(writer, name)(value)

    def test_cut_short(self, name: str, size: int) -> None:
        for have in range(size):
            with malformed():
                getattr(Reader(bytes(have)), name)()


def test_many_numbers() -> None:
    writer = Writer()
    writer.u32s((1, 0xFFFFFFFF))
    writer.u32s(())
    assert writer.finish() == bytes.fromhex("00000001 ffffffff")
    assert Reader(writer.finish()).u32s(2) == (1, 0xFFFFFFFF)
    assert Reader(b"").u32s(0) == ()
    with malformed():
        Reader(bytes(7)).u32s(2)
    with pytest.raises(ValueError, match="32 bits"):
        Writer().u32s((1 << 32,))


def test_octets() -> None:
    writer = Writer()
    writer.octets(b"abc", 3)
    assert Reader(writer.finish()).octets(3) == b"abc"
    with pytest.raises(ValueError, match="2 bytes where 3 belong"):
        writer.octets(b"ab", 3)
    with malformed():
        Reader(b"ab").octets(3)


def test_flags() -> None:
    assert Reader(b"\x05").flags(0x05) == 5
    assert Reader(b"\x00").flags(0) == 0
    for value in range(256):
        if value & ~0x05:
            with malformed():
                Reader(bytes([value])).flags(0x05)


class TestText:
    """A count of bytes, then UTF-8 without control characters."""

    def test_golden(self) -> None:
        writer = Writer()
        writer.text("a\u00e9\u97f3\U0001d11e", 10)
        assert writer.finish() == bytes.fromhex("000a 61 c3a9 e99fb3 f09d849e")
        assert Reader(writer.finish()).text(10) == "a\u00e9\u97f3\U0001d11e"

    def test_too_long(self) -> None:
        data = bytes.fromhex("0003 616263")
        assert Reader(data).text(3) == "abc"
        with malformed():
            Reader(data).text(2)
        with malformed():
            Reader(data[:-1]).text(3)
        with pytest.raises(ValueError, match="3 bytes where 2 are allowed"):
            Writer().text("abc", 2)
        with pytest.raises(ValueError, match="4 bytes where 3 are allowed"):
            Writer().text("\U0001d11e", 3)

    @pytest.mark.parametrize(
        "octets",
        ["ff", "c3", "c0af", "eda080", "edb080", "f4908080", "e0808a", "80", "61e9", "f09d84"],
    )
    def test_not_utf_8(self, octets: str) -> None:
        data = bytes.fromhex(octets)
        with malformed():
            Reader(len(data).to_bytes(2, "big") + data).text(255)

    @pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029])
    def test_control_characters(self, code: int) -> None:
        for text in (chr(code), f"a{chr(code)}", f"{chr(code)}\u00e9"):
            data = text.encode()
            with malformed():
                Reader(len(data).to_bytes(2, "big") + data).text(255)
            with pytest.raises(ValueError, match=f"U\\+{code:04X}"):
                Writer().text(text, 255)

    @pytest.mark.parametrize(
        "code", [0x20, 0x7E, 0xA0, 0xAD, 0x2027, 0x202A, 0x202E, 0xFEFF, 0xFFFF]
    )
    def test_others_are_let_through(self, code: int) -> None:
        writer = Writer()
        writer.text(chr(code), 4)
        assert Reader(writer.finish()).text(4) == chr(code)

    @given(st.text(max_size=60))
    def test_any(self, text: str) -> None:
        writer = Writer()
        if forbidden_character(text) is not None:
            with pytest.raises(ValueError, match="control character"):
                writer.text(text, 255)
        else:
            writer.text(text, 255)
            reader = Reader(writer.finish())
            assert reader.text(255) == text
            assert reader.remaining == 0

    @given(st.binary(max_size=40))
    def test_any_bytes(self, data: bytes) -> None:
        reader = Reader(len(data).to_bytes(2, "big") + data)
        try:
            decoded = data.decode()
        except UnicodeDecodeError:
            decoded = "\0"  # as good as none
        if forbidden_character(decoded) is not None:
            with malformed():
                reader.text(255)
        else:
            assert reader.text(255) == decoded


class TestExtensions:
    """What may follow every body."""

    def read(self, *fields: tuple[int, bytes]) -> None:
        writer = Writer()
        for kind, value in fields:
            writer.extension(kind, value)
        Reader(writer.finish()).extensions()

    def test_golden(self) -> None:
        writer = Writer()
        writer.extension(0x8001, b"ab")
        assert writer.finish() == bytes.fromhex("8001 0002 6162")

    def test_none_and_those_to_ignore(self) -> None:
        self.read()
        self.read((0x8000, b""))
        self.read((0x8000, b""), (0x8001, b"x" * 300), (0xFFFF, b"\xff"))

    @pytest.mark.parametrize("kind", [0, 1, 0x0100, 0x7FFF])
    def test_one_that_must_be_known(self, kind: int) -> None:
        with pytest.raises(ProtocolError) as refused:
            self.read((kind, b""), (0x8000, b""))
        assert refused.value.code is ErrorCode.UNKNOWN_EXTENSION
        assert f"0x{kind:04X}" in refused.value.text

    def test_the_first_of_several_is_named(self) -> None:
        with pytest.raises(ProtocolError, match="0x0003"):
            self.read((3, b""), (4, b""))

    def test_order(self) -> None:
        for first, second in ((0x8001, 0x8001), (0x8002, 0x8001), (2, 1), (0x8000, 1)):
            with malformed():
                self.read((first, b""), (second, b""))

    @pytest.mark.parametrize("data", ["80", "8000", "8000 00", "8000 0001", "8000 0000 80"])
    def test_cut_short(self, data: str) -> None:
        with malformed():
            Reader(bytes.fromhex(data)).extensions()

    def test_the_form_of_all_is_looked_at_first(self) -> None:
        with malformed():
            Reader(bytes.fromhex("0001 0000 80")).extensions()
