# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers and writers of the field types of RFC.md, "Notation"."""

import struct
from collections.abc import Collection
from typing import Final

from common.constants import MAY_IGNORE
from common.errors import ErrorCode, ProtocolError
from common.text import forbidden_character

_U8: Final = struct.Struct("!B")
_U16: Final = struct.Struct("!H")
_U32: Final = struct.Struct("!I")
_U64: Final = struct.Struct("!Q")
_EXTENSION: Final = struct.Struct("!HH")


def malformed(text: str) -> ProtocolError:
    """The error that most broken rules come to."""
    return ProtocolError(ErrorCode.MALFORMED, text)


class Reader:
    """Takes fields off the front of one body; every method raises ProtocolError(MALFORMED)."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    @property
    def remaining(self) -> int:
        """Bytes not yet read."""
        return len(self._body) - self._at

    def _number(self, field: struct.Struct) -> int:
        (value,) = self.numbers(field)
        return value

    def u8(self) -> int:
        """An unsigned integer of 8 bits."""
        return self._number(_U8)

    def u16(self) -> int:
        """An unsigned integer of 16 bits."""
        return self._number(_U16)

    def u32(self) -> int:
        """An unsigned integer of 32 bits."""
        return self._number(_U32)

    def u64(self) -> int:
        """An unsigned integer of 64 bits."""
        return self._number(_U64)

    def numbers(self, shape: struct.Struct) -> tuple[int, ...]:
        """Several unsigned integers that follow each other, at once: `shape` is "!" and BHIQ."""
        at = self._at
        self._at = end = at + shape.size
        if end > len(self._body):
            raise malformed("the body ends inside a field")
        return shape.unpack_from(self._body, at)

    def u32s(self, count: int) -> tuple[int, ...]:
        """`count` unsigned integers of 32 bits."""
        values = self.octets(count * _U32.size)
        return struct.unpack(f"!{count}I", values)

    def flags(self, known: int) -> int:
        """A u8 in which only the bits of `known` may be 1."""
        value = self.u8()
        if value & ~known:
            raise malformed(f"flags 0x{value:02X} hold a bit that has no meaning")
        return value

    def octets(self, size: int) -> bytes:
        """Exactly `size` bytes."""
        at = self._at
        self._at = end = at + size
        if end > len(self._body):
            raise malformed("the body ends inside a field")
        return self._body[at:end]

    def text(self, limit: int) -> str:
        """A text of at most `limit` bytes of UTF-8."""
        size = self.u16()
        if size > limit:
            raise malformed(f"a text of {size} bytes where {limit} are allowed")
        return self._text(size)

    def _text(self, size: int) -> str:
        try:
            value = self.octets(size).decode()
        except UnicodeDecodeError:
            raise malformed("a text that is not UTF-8") from None
        bad = forbidden_character(value)
        if bad is not None:
            raise malformed(f"a text with the control character U+{ord(bad):04X}")
        return value

    def rest(self, limit: int) -> str:
        """What is left, all of it, as a text without its count: 1 to `limit` bytes of UTF-8."""
        size = self.remaining
        if not 0 < size <= limit:
            raise malformed(f"a text of {size} bytes where 1 to {limit} are allowed")
        return self._text(size)

    def extensions(self, known: Collection[int] = ()) -> dict[int, bytes]:
        """Read what is left as extension fields (RFC.md, "Extension Fields").

        Returns the values of the known ones by type. Each other one is skipped or, with its
        MAY_IGNORE bit at 0, raises ProtocolError(UNKNOWN_EXTENSION). The format of all of them is
        checked first.
        """
        previous = -1
        required: int | None = None
        found: dict[int, bytes] = {}
        while self.remaining:
            kind = self.u16()
            value = self.octets(self.u16())
            if kind <= previous:
                raise malformed("extension fields out of order")
            previous = kind
            if kind in known:
                found[kind] = value
            elif not kind & MAY_IGNORE and required is None:
                required = kind
        if required is not None:
            raise ProtocolError(
                ErrorCode.UNKNOWN_EXTENSION, f"extension 0x{required:04X} is not known here"
            )
        return found


class Writer:
    """Appends fields to a body; every method raises ValueError for a value that does not fit."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def _number(self, field: struct.Struct, value: int) -> None:
        try:
            self._parts.append(field.pack(value))
        except struct.error:
            raise ValueError(f"{value} does not fit into {field.size * 8} bits") from None

    def u8(self, value: int) -> None:
        """An unsigned integer of 8 bits."""
        self._number(_U8, value)

    def u16(self, value: int) -> None:
        """An unsigned integer of 16 bits."""
        self._number(_U16, value)

    def u32(self, value: int) -> None:
        """An unsigned integer of 32 bits."""
        self._number(_U32, value)

    def u64(self, value: int) -> None:
        """An unsigned integer of 64 bits."""
        self._number(_U64, value)

    def numbers(self, shape: struct.Struct, *values: int) -> None:
        """Several unsigned integers that follow each other, at once: `shape` is "!" and BHIQ."""
        try:
            self._parts.append(shape.pack(*values))
        except struct.error:
            raise ValueError(f"one of {values} does not fit into its field") from None

    def u32s(self, values: tuple[int, ...]) -> None:
        """Unsigned integers of 32 bits, one behind the other."""
        try:
            self._parts.append(struct.pack(f"!{len(values)}I", *values))
        except struct.error:
            raise ValueError("a value does not fit into 32 bits") from None

    def octets(self, value: bytes, size: int) -> None:
        """Exactly `size` bytes."""
        if len(value) != size:
            raise ValueError(f"{len(value)} bytes where {size} belong")
        self._parts.append(value)

    def text(self, value: str, limit: int) -> None:
        """A text of at most `limit` bytes of UTF-8."""
        encoded = _encoded(value, limit)
        self.u16(len(encoded))
        self._parts.append(encoded)

    def extension(self, kind: int, value: bytes) -> None:
        """An extension field; the caller keeps them in ascending order."""
        self._parts.append(_EXTENSION.pack(kind, len(value)) + value)

    def text_extension(self, kind: int, value: str, limit: int) -> None:
        """An extension field whose Value is a text of 1 to `limit` bytes, without its count."""
        encoded = _encoded(value, limit)
        if not encoded:
            raise ValueError("an empty text where that is not allowed")
        self.extension(kind, encoded)

    def finish(self) -> bytes:
        """The body."""
        return b"".join(self._parts)


def _encoded(value: str, limit: int) -> bytes:
    bad = forbidden_character(value)
    if bad is not None:
        raise ValueError(f"a text with the control character U+{ord(bad):04X}")
    encoded = value.encode()
    if len(encoded) > limit:
        raise ValueError(f"a text of {len(encoded)} bytes where {limit} are allowed")
    return encoded
