# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deployment has to do with beside Amazon: the operator, the clock, other programs."""

import ipaddress
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from deploy.errors import DeployError
from deploy.hello import Door, greet

WHO_AM_I: Final = "https://checkip.amazonaws.com"  # answers with the address it was asked from
PATIENCE: Final = 10.0  # seconds
MOST: Final = 100  # bytes of its answer


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 it speaks to people


def _ask(question: str) -> bool:
    """Whether the operator says yes; without a terminal nobody does."""
    if not sys.stdin.isatty():
        raise DeployError("there is no terminal to ask at: --yes goes on without a question")
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


def own_address() -> str:
    """The address by which others see this machine, IPv4; raises DeployError."""
    try:
        with urllib.request.urlopen(WHO_AM_I, timeout=PATIENCE) as answer:
            return str(ipaddress.IPv4Address(answer.read(MOST).decode().strip()))
    except (OSError, ValueError) as error:
        raise DeployError(
            f"this machine's address cannot be found out ({error}): give --ssh-from ADDRESS/32,"
            " or --ssh-key none"
        ) from None


def _run(words: Sequence[str]) -> int:
    try:
        return subprocess.run(words, check=False).returncode
    except FileNotFoundError:
        raise DeployError(f"{words[0]} is not installed: apt-get install openssh-client") from None


@dataclass(frozen=True, slots=True)
class Around:
    """All that tests put something else for."""

    say: Callable[[str], None] = _say
    ask: Callable[[str], bool] = _ask
    now: Callable[[], float] = time.monotonic  # seconds
    date: Callable[[], datetime] = lambda: datetime.now(UTC)
    pause: Callable[[float], None] = time.sleep
    greet: Callable[[Door, str], str | None] = greet
    own_address: Callable[[], str] = own_address
    run: Callable[[Sequence[str]], int] = _run
