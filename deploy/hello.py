# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a server as a listener does: with the client's own command, in a process of its own."""

import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from typing import Final

from deploy.source import ROOT

PATIENCE: Final = 40.0  # seconds for a try


@dataclass(frozen=True, slots=True)
class Door:
    """Where and how a listener gets in."""

    address: str
    port: int
    fingerprint: str
    user: str

    def words(self) -> list[str]:
        """What stands behind `python -m client`."""
        at = [self.address, str(self.port)]
        return ["--tls", "--fingerprint", self.fingerprint, "--user", self.user, *at]

    def command(self) -> str:
        """What the operator pastes; it asks for the password."""
        return shlex.join(["python", "-m", "client", *self.words()])


def greet(door: Door, password: str) -> str | None:
    """HELLO, and a list of the tracks; None where it was answered, or what the client said."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "client", "-c", "list", *door.words()],
            cwd=ROOT,
            env={**os.environ, "ANTIPHON_PASSWORD": password},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {PATIENCE:g} s"
    if done.returncode == 0:
        return None
    said = done.stderr.strip().splitlines() or ["it said nothing"]
    return said[-1]
