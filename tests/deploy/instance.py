# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance that does nothing but report, and an operator who says what tests want."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from deploy.around import Around
from deploy.hello import Door
from deploy.names import Names
from tests.deploy.cloud import REGION

ACCOUNT = "123456789012"  # moto's
FINGERPRINT = ":".join(["AB"] * 32)
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEX0Vr0KyJ9JAt5rQ8R5z6RVNNO0T1JZ1nXlY8lbrYbV"
PASSWORD = "0123456789abcdef01234567"
NAMES = Names("demo", ACCOUNT, REGION)
GOOD: dict[str, str] = {
    "fingerprint": FINGERPRINT,
    "user": "listener",
    "commit": "0" * 40,
    "host_key": HOST_KEY,
}


def report(said: dict[str, str], names: Names = NAMES) -> None:
    """What an instance does at the end of its first boot."""
    ssm = boto3.client("ssm")
    if "failed" not in said:
        ssm.put_parameter(Name=names.password, Value=PASSWORD, Type="SecureString", Overwrite=True)
    ssm.put_parameter(Name=names.public, Value=json.dumps(said), Type="String", Overwrite=True)


def objects() -> set[str]:
    """What is in the bucket."""
    listed: Any = boto3.client("s3").list_objects_v2(Bucket=NAMES.bucket)
    return {item["Key"] for item in listed.get("Contents", [])}


@dataclass
class Scene:
    """The operator, the clock and the instance of one test."""

    reports: dict[str, str] | None = field(default_factory=lambda: GOOD)  # None: nothing, ever
    refusals: int = 0  # HELLOs that are not answered
    interrupts: int = 0  # 1: Ctrl-C at the first pause, and so on
    says_yes: bool = True
    said: list[str] = field(default_factory=list[str])
    asked: list[str] = field(default_factory=list[str])
    doors: list[tuple[Door, str]] = field(default_factory=list[tuple[Door, str]])
    ran: list[list[str]] = field(default_factory=list[list[str]])
    clock: float = 0.0
    pauses: int = 0

    def around(self) -> Around:
        """This scene, as the commands want it."""
        return Around(
            say=self.said.append,
            ask=self._ask,
            now=lambda: self.clock,
            date=lambda: datetime.now(UTC) + timedelta(hours=3),
            pause=self._pause,
            greet=self._greet,
            own_address=lambda: "192.0.2.7",
            run=self._run,
        )

    @property
    def text(self) -> str:
        """All that was said."""
        return "\n".join(self.said)

    def _ask(self, question: str) -> bool:
        self.asked.append(question)
        return self.says_yes

    def _pause(self, seconds: float) -> None:
        self.clock += seconds
        self.pauses += 1
        if self.pauses == self.interrupts:
            raise KeyboardInterrupt
        # The instance waits for this object as long as it has not reported.
        if self.reports is not None and "uploaded" in objects():
            report(self.reports)
            self.reports = None

    def _greet(self, door: Door, password: str) -> str | None:
        self.doors.append((door, password))
        if len(self.doors) > self.refusals:
            return None
        return "antiphon: nobody listens there"

    def _run(self, words: Any) -> int:
        self.ran.append(list(words))
        return 0
