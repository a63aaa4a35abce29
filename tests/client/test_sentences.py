# SPDX-License-Identifier: GPL-3.0-or-later
"""What an error code and the server's words about it become."""

import pytest

from client.sentences import sentence
from client.settings import Settings
from common.errors import ErrorCode


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        (ErrorCode.NO_SUCH_TRACK, "", "The server does not have this track."),
        (
            ErrorCode.BUSY,
            "try later.",
            "The server has no room at the moment (try later).",
        ),
        (ErrorCode.SHUTTING_DOWN, "the server is shutting down", "The server is shutting down."),
        (ErrorCode.SHUTTING_DOWN, "The server is shutting down.", "The server is shutting down."),
        (
            ErrorCode.LOGIN_NEEDED,
            "the server serves only users that it knows",
            "The server serves only users that it knows: give --user NAME.",
        ),
        (ErrorCode.STREAM_ORDER, "no. 7 is too low", "No. 7 is too low."),
        (0x0155, "", "The server refused (0x0155)."),
    ],
)
def test_a_code_becomes_a_sentence(code: int, text: str, words: str) -> None:
    assert sentence(code, text) == words


@pytest.mark.parametrize(
    ("host", "written"),
    [("radio.example", "radio.example:8080"), ("2001:db8::7", "[2001:db8::7]:8080")],
)
def test_a_server_is_called_what_one_types(host: str, written: str) -> None:
    assert Settings(host, 8080).server == written
