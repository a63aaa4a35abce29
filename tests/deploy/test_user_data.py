# SPDX-License-Identifier: GPL-3.0-or-later
"""The user data as text; `python -m tests.deploy.first_boot` runs it for real."""

import base64
import gzip
import random
import subprocess

import pytest
from hypothesis import given
from hypothesis.strategies import characters, text

from deploy.plan import Plan
from deploy.up import SCRIPT
from deploy.user_data import MOST, packed, render
from tests.deploy.instance import NAMES

PLAN = Plan(
    names=NAMES,
    machine="t4g.micro",
    commit="0123456789abcdef0123456789abcdef01234567",
    git_address="https://example.org/a/rather/long/address/of/antiphon.git",
    tracks=3,
    music=6_400_000,
    listener="listener",
    port=55353,
    data_ports=(55354, 55453),
    listeners_from="0.0.0.0/0",
    ssh_key="",
    ssh_from="",
)


@given(text(characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50))
def test_the_shell_gets_each_variable_as_it_was(value: str) -> None:
    script = render('printf %s "$WHAT"', {"WHAT": value})
    done = subprocess.run(["bash", "-s"], input=script.encode(), capture_output=True, check=True)
    assert done.stdout == value.encode()


def test_cloud_init_finds_a_script_behind_gzip_and_base64() -> None:
    content = gzip.decompress(base64.b64decode(packed("#!/bin/bash\ntrue\n")))
    assert content == b"#!/bin/bash\ntrue\n"


def test_the_same_text_is_the_same_user_data() -> None:
    assert packed("true") == packed("true")


def test_what_does_not_fit_into_a_parameter_is_refused() -> None:
    noise = random.Random(1).randbytes(MOST).hex()
    with pytest.raises(ValueError, match="may have 4096"):
        packed(noise)


def test_the_script_fits_with_room_for_more() -> None:
    assert len(PLAN.parameters(SCRIPT.read_text("utf-8"))["UserData"]) < MOST - 500


def test_the_script_gets_all_that_it_asks_for() -> None:
    user_data = base64.b64decode(PLAN.parameters(SCRIPT.read_text("utf-8"))["UserData"])
    script = gzip.decompress(user_data).decode()
    # Up to the first thing that it does: the line that wants every variable has passed.
    head = script.partition("set -euo pipefail")[0]
    done = subprocess.run(["bash", "-s"], input=head.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
