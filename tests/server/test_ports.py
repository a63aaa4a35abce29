# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a server listens, and which of its ports it may not have twice."""

from pathlib import Path

import pytest

from server.config import Config, PortRange
from server.options import OptionsError, parse
from server.ports import Kind, OverlapError, Place, check, places


def refusal(*words: str) -> str:
    """What is wrong with ports on a command line."""
    with pytest.raises(OptionsError) as error:
        parse(["--state", "none", *words, "music"])
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "--host 127.0.0.1 --data-ports 28091 --metrics 28091 28090",
            "--metrics 127.0.0.1:28091 is one of --data-ports 28091-28091",
        ),
        (
            "--host 127.0.0.1 --workers 2 --data-ports 28091-28092 --metrics 28091 28090",
            "--metrics 127.0.0.1:28091 is one of --data-ports 28091-28092",
        ),
        (
            "--workers 2 --data-ports 28092-28093 --metrics 28091 28090",
            "--metrics 127.0.0.1:28091 is 127.0.0.1:28092 for worker 2, and one of --data-ports",
        ),
        ("--metrics 28190 28190", "--metrics 127.0.0.1:28190 is the control port, too (28190)"),
        (
            "--workers 2 --metrics 28189 28190",
            "127.0.0.1:28190 for worker 2, and the control port, too (28190)",
        ),
        ("--metrics 0.0.0.0:28190 28190", "the control port"),
        ("--metrics [::1]:28190 28190", "the control port"),
        ("--host 0:0::1 --metrics [::1]:28190 28190", "the control port"),
        ("--host 127.0.0.1 --metrics localhost:28190 28190", "the control port"),
        ("--host 0.0.0.0 --metrics radio.example:28190 28190", "the control port"),
        ("--metrics 55400 28190", "one of --data-ports 55354-55453"),
        ("--data-ports 28090 28090", "28090-28090 are the control port and nothing else"),
        (
            "--workers 2 --data-ports 28190-28191 28190",
            "--data-ports 28190-28191 leave worker 1 the control port and nothing else",
        ),
        ("--workers 2 --data-ports 28189-28190 28190", "leave worker 2"),
    ],
)
def test_ports_that_are_wanted_twice(words: str, said: str) -> None:
    assert said in refusal(*words.split())


@pytest.mark.parametrize(
    "words",
    [
        "--metrics 28189 28190",
        "--metrics 0 0",
        "--data-ports any --metrics 55400 28190",
        "55400",  # the control port is passed over, and others are left
        "--data-ports 28190-28191 28190",
        "--workers 2 --data-ports 28190-28193 28190",
        "--workers 2 --metrics 28191 --data-ports 28193-28194 28190",
        "--host 127.0.0.1 --metrics 127.0.0.2:28190 28190",
        "--host 127.0.0.1 --metrics [::1]:28190 28190",
        "--host 0.0.0.0 --metrics [::]:28190 28190",
        "--host 127.0.0.1 --metrics radio.example:28190 28190",
    ],
)
def test_ports_of_which_everybody_has_one(words: str) -> None:
    parse(["--state", "none", *words.split(), "music"])


def test_all_are_wrong_where_more_than_one_can_be_told() -> None:
    told: list[str] = []
    words = "--workers 2 --metrics 65535 --data-ports 7 65535 music"
    config = parse(words.split(), wrong=told.append).config
    assert len(told) == 2
    assert [place.worker for place in places(config)] == [0, 0, 1]


def test_the_list() -> None:
    words = "--host ::1 --workers 2 --data-ports 7-9 --metrics [::1]:11 5 music"
    assert places(parse(words.split()).config) == (
        Place(Kind.CONTROL, "::1", PortRange(5, 5)),
        Place(Kind.DATA, "::1", PortRange(7, 8), 1),
        Place(Kind.DATA, "::1", PortRange(9, 9), 2),
        Place(Kind.METRICS, "::1", PortRange(11, 11), 1),
        Place(Kind.METRICS, "::1", PortRange(12, 12), 2),
    )


def test_the_list_of_who_takes_any_port() -> None:
    words = "--host 127.0.0.1 --workers 2 --metrics 0 0 music"
    config = parse(words.split()).config
    assert places(config) == (
        Place(Kind.CONTROL, "127.0.0.1", None),
        Place(Kind.DATA, "127.0.0.1", None),
        Place(Kind.METRICS, "127.0.0.1", None),
    )
    assert str(places(config)[2].endpoint) == "127.0.0.1:0"


def test_a_configuration_that_no_command_line_made() -> None:
    check(Config(Path("music")))
    with pytest.raises(OverlapError):
        check(Config(Path("music"), port=7, data_ports=PortRange(7, 7)))
