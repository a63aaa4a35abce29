# SPDX-License-Identifier: GPL-3.0-or-later
"""What the resume bench says of what it has found; what it finds is nobody's to assert."""

import pytest

from bench.__main__ import BENCHES
from bench.resume import HEADER, TRIALS, Found, main, row


def test_arow_says_what_did_not_happen() -> None:
    assert row(Found("a cut")) == ("a cut", "-", "-", "-", "-", "-", "none")
    found = Found("a cut", 1.234, 2.0, 0.5, 0.25, 0.75, [0.2, 3.0])
    assert row(found) == ("a cut", "1.23 s", "2.00 s", "0.50 s", "0.25 s", "0.75 s", "0.2 3")
    assert len(row(found)) == len(HEADER)


def test_every_trial_has_a_name_of_its_own() -> None:
    assert len({trial.name for trial in TRIALS}) == len(TRIALS)


def test_it_is_found_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert BENCHES["resume"][0] == "bench.resume"
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "--only" in capsys.readouterr().out
