# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance reports of its first boot, in a parameter that only it may write."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

FINGERPRINT: Final = re.compile(r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}")
HOST_KEY: Final = re.compile(r"[a-z0-9@.-]+ [A-Za-z0-9+/=]+")


class ReportError(Exception):
    """The first boot failed, or what it reported cannot be read; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Reported:
    """An instance that serves."""

    fingerprint: str  # SHA-256 of the certificate, AB:CD:...
    user: str
    commit: str
    host_key: str  # of ssh, "TYPE BASE64"; empty: it has none


def read(text: str) -> Reported:
    """What was reported; raises ReportError."""
    try:
        said: Any = json.loads(text)
        if "failed" in said:
            raise ReportError(
                f"the instance failed while {said['failed']} (status {said.get('status', '?')}):"
                " `python -m deploy ssh -- sudo cat /var/log/cloud-init-output.log` shows more"
            )
        found = Reported(
            str(said["fingerprint"]), str(said["user"]), str(said["commit"]), str(said["host_key"])
        )
    except (ValueError, KeyError, TypeError):
        raise ReportError(f"the instance reported what nobody can read: {text[:200]!r}") from None
    if not FINGERPRINT.fullmatch(found.fingerprint):
        raise ReportError(f"the instance reported no fingerprint: {found.fingerprint[:200]!r}")
    if found.host_key and not HOST_KEY.fullmatch(found.host_key):
        raise ReportError(f"the instance reported no key of its ssh: {found.host_key[:200]!r}")
    return found
