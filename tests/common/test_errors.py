# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes, and the exceptions that carry them."""

import pytest

from common.errors import (
    AntiphonError,
    ErrorCode,
    MisuseError,
    ProtocolError,
    code_name,
    is_fatal,
)


@pytest.mark.parametrize(
    ("code", "fatal"),
    [(0, True), (0x0B, True), (0x99, True), (0xFF, True), (0x100, False), (0xFFFF, False)],
)
def test_unknown_codes_go_by_their_range(code: int, fatal: bool) -> None:
    assert is_fatal(code) is fatal


def test_names() -> None:
    assert [code_name(code) for code in (1, 0x0107, 0x01FF, 0)] == [
        "MALFORMED",
        "BAD_TICKET",
        "0x01FF",
        "0x0000",
    ]


def test_one_family() -> None:
    error = ProtocolError(ErrorCode.BUSY, "full")
    assert isinstance(error, AntiphonError)
    assert (error.code, error.text, str(error)) == (ErrorCode.BUSY, "full", "BUSY: full")
    assert issubclass(MisuseError, AntiphonError)
    assert not issubclass(MisuseError, ProtocolError)
