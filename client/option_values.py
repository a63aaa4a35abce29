# SPDX-License-Identifier: GPL-3.0-or-later
"""What the values on the command line mean; argparse shows the sentences about those that do not.

Its readers raise ArgumentTypeError: argparse shows the words of no other exception.
"""

import argparse
import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from client.language import CommandError
from client.settings import LIMITS
from data.watermark import Limits

Read = TypeVar("Read")


def port_number(text: str) -> int:
    """The number of a port."""
    # No more digits than any port has: Python would take thousands of them.
    if re.fullmatch("[0-9]{1,5}", text) and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"“{text}” is no port; ports are 1 to 65535")


def file_name(text: str) -> str:
    """The name of a file: an empty one would be the current directory's."""
    if not text.strip():
        raise argparse.ArgumentTypeError("a file is wanted, not nothing (a variable not set?)")
    return text


def between(least: float, most: float) -> Callable[[str], float]:
    """The reader of a number of seconds."""

    def seconds(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if least <= number <= most:  # false for not-a-number too
            return number
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from {least:g} to {most:g}")

    return seconds


def said_of(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """This reader with its ValueError, or CommandError, as argparse wants it."""

    def said(text: str) -> Read:
        try:
            return read(text)
        except (ValueError, CommandError) as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return said


def unchanged(check: Callable[[str], object]) -> Callable[[str], str]:
    """The reader of a text that stays what it is; `check` raises where it will not do."""
    said = said_of(check)

    def text_itself(text: str) -> str:
        said(text)
        return text

    return text_itself


def split_address(text: str) -> tuple[str, int | None]:
    """The host and the port, if there is one.

    Understands `host`, `host:port`, `[v6]`, `[v6]:port` and a bare IPv6 address.

    Raises ValueError with a sentence.
    """
    host, port = text, ""
    if text.startswith("["):
        host, bracket, behind = text[1:].partition("]")
        if not bracket or (behind and not behind.startswith(":")):
            raise ValueError(f"“{text}” is no address; write [2001:db8::7]:8080")
        port = behind.removeprefix(":")
        if behind == ":":
            raise ValueError(f"the port is missing in “{text}”")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
        if not port:
            raise ValueError(f"the port is missing in “{text}”")
    if not host:
        raise ValueError("the host is missing; for this machine write localhost")
    try:
        return host, port_number(port) if port else None
    except argparse.ArgumentTypeError as error:
        raise ValueError(str(error)) from None


def start_limits(least: float | None, most: float | None) -> Limits:
    """Between how many seconds of sound the mark may lie; None: as it is without the option.

    Who names the least means it, on a fast link too; twice that is the least after a stall.

    Raises ValueError with a sentence.
    """
    limits = LIMITS
    if least is not None:
        limits = replace(limits, least=least, least_on_fast=least, least_to_resume=2 * least)
    if most is not None:
        limits = replace(limits, most=most)
    if least is not None and least > limits.most:
        raise ValueError(f"--least {least:g} is more than --most {limits.most:g}")
    return limits
