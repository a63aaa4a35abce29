# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the indexer's answers on the pipe."""

import pytest

from server.library.outcome import (
    ANSWER,
    Busy,
    Indexed,
    Missing,
    Outcome,
    Refused,
    Unreadable,
    decode,
    encode,
)


@pytest.mark.parametrize(
    "outcome",
    [
        Indexed("T", "Ä", "", 5, bytes(range(32)), 7, 8, "odd", b"\0index"),
        Refused("no", 1, 2),
        Unreadable("closed"),
        Missing(),
        Busy(),
    ],
)
def test_there_and_back(outcome: Outcome) -> None:
    answer = encode(outcome)
    head, index = ANSWER.unpack_from(answer)
    body = answer[ANSWER.size :]
    assert len(body) == head + index
    assert decode(body[:head], body[head:]) == outcome


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"{}",
        b'{"kind": "Odd"}',
        b'{"kind": "Refused"}',
        b'{"kind": "Indexed"}',
        b"\xff",
        b"5",
        b'"Missing"',
        b"[" * 5000,
    ],
)
def test_nonsense_is_an_error(head: bytes) -> None:
    with pytest.raises((ValueError, TypeError)):
        decode(head, b"")
