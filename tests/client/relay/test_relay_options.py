# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user allows other listeners."""

import argparse

import pytest

from client.option_rows import add_options
from client.relay.options import (
    RELAY_OPTIONS,
    RelayOptions,
    name_relay_port,
    relay_options,
)


def read(*arguments: str) -> tuple[RelayOptions | None, str]:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_options(parser, RELAY_OPTIONS)
    parser.add_argument("host")
    found = parser.parse_args(name_relay_port(arguments))
    return relay_options(found), found.host


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ("radio.example", None),
        ("--fed radio.example", RelayOptions(None)),
        ("--relay radio.example", RelayOptions(0)),
        ("radio.example --relay", RelayOptions(0)),
        ("--relay --fed radio.example", RelayOptions(0)),
        ("--relay 8000 radio.example", RelayOptions(8000)),
        ("--relay=8000 radio.example", RelayOptions(8000)),
        ("--relay 0 radio.example", RelayOptions(0)),
        ("--relay --relay-children 7 radio.example", RelayOptions(0, 7)),
        ("--relay-rate 800 radio.example --relay", RelayOptions(0, 3, 100_000)),
    ],
)
def test_what_is_allowed(arguments: str, options: RelayOptions | None) -> None:
    assert read(*arguments.split()) == (options, "radio.example")


@pytest.mark.parametrize(
    "arguments",
    [
        "--relay 65536 radio.example",
        "--relay=x radio.example",
        "--relay --relay-children 0 radio.example",
        "--relay --relay-children 101 radio.example",
        "--relay --relay-rate 63 radio.example",
        "--relay --relay-rate 1e3 radio.example",
    ],
)
def test_what_is_out_of_bounds_is_refused_with_the_bounds(arguments: str) -> None:
    with pytest.raises(argparse.ArgumentError, match=r"is no .*; say .* to "):
        read(*arguments.split())


@pytest.mark.parametrize("name", ["--relay-children", "--relay-rate"])
def test_bounds_on_nothing_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} wants --relay too"):
        read("--fed", name, "99", "radio.example")
