# SPDX-License-Identifier: GPL-3.0-or-later
"""How RFC.md's test vectors write a text, flags and a code."""

import json
from collections.abc import Iterator

from common.errors import code_name

Line = tuple[str, str]  # the name of a field, and its value


def text(value: str) -> str:
    return json.dumps(value)  # quoted, and ASCII by its escapes


def fields(source: object, names: str) -> Iterator[Line]:
    """Those of these names, each of which an attribute has too: numbers, texts and octets."""
    for name in filter(None, names.split(", ")):
        value = getattr(source, name.lower().replace(" ", "_"))
        match value:
            case int():
                yield name, str(value)
            case str():
                yield name, text(value)
            case bytes():
                yield name, value.hex()
            case _:
                raise AssertionError(f"{name} of {source} is none of these")


def flags(**bits: tuple[bool, int]) -> str:
    value = sum(bit for is_set, bit in bits.values() if is_set)
    return " ".join([f"0x{value:02X}", *(name for name, (is_set, _) in bits.items() if is_set)])


def code(code: int) -> str:
    number = f"0x{code:04X}"
    name = code_name(code)
    return f"{number} {name}" if code and name != number else number
