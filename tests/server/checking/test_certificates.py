# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check finds about a certificate."""

from pathlib import Path

import pytest

from tests.certificates import papers
from tests.server.checking.checked import HERE, found


def certificate(tmp_path: Path, *, first_day: int = -1, last_day: int = 90) -> list[str]:
    """What is found of one that is good on these days."""
    made = papers("radio.example", "192.0.2.7", first_day=first_day, last_day=last_day)
    file, key = made.write(tmp_path / "tls")
    words = ("--state", "none", "--certificate", file, "--key", key, tmp_path)
    return found(*HERE, *words)["certificate"]


def test_a_certificate(tmp_path: Path) -> None:
    names, days = certificate(tmp_path)
    assert names.startswith("good: ")
    assert "for radio.example, 192.0.2.7" in names
    assert days.startswith("good: good until ")


@pytest.mark.parametrize(
    ("first_day", "last_day", "said"),
    [
        (-9, -2, "error: it expired on"),
        (2, 9, "error: it is good from"),
        (-9, 9, "warning: it expires in 8 days"),
    ],
)
def test_a_certificate_s_days(tmp_path: Path, first_day: int, last_day: int, said: str) -> None:
    assert certificate(tmp_path, first_day=first_day, last_day=last_day)[1].startswith(said)


def test_a_certificate_with_another_s_key(tmp_path: Path) -> None:
    mine, _ = papers("one.example").write(tmp_path / "one")
    _, yours = papers("two.example").write(tmp_path / "two")
    words = ("--state", "none", "--certificate", mine, "--key", yours, tmp_path)
    (only,) = found(*HERE, *words)["certificate"]
    assert only.startswith("error: the key in")
