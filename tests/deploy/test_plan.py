# SPDX-License-Identifier: GPL-3.0-or-later
"""What will be made and what it costs, in words and as the template's parameters."""

import dataclasses
import re

import pytest

from deploy.names import NAME, Names
from deploy.plan import Plan
from deploy.prices import GIB, HOURS_A_MONTH, MACHINES, dollars, hourly
from deploy.up import TEMPLATE
from tests.deploy.instance import NAMES
from tests.deploy.test_user_data import PLAN


def test_it_tells_every_part_its_cost_and_where_the_prices_are_from() -> None:
    text = PLAN.text("ami-1")
    for part in (
        "account 123456789012, region eu-central-1",
        "antiphon-demo",
        "t4g.micro (1 GiB, arm64), 9 GiB of disk, Debian 13 (ami-1)",
        "commit 0123456789ab, cloned from https://",
        "3 files, 6.4 MB",
        "antiphon-demo-123456789012-eu-central-1",
        "55353 and 55354-55453 from 0.0.0.0/0; no ssh",
        "$0.0144 an hour, about $10.50 a month",
        "list prices for us-east-1",
        "as known on 20",
    ):
        assert part in text


def test_a_source_that_is_uploaded_and_ssh_are_told() -> None:
    plan = dataclasses.replace(PLAN, git_address="", ssh_key="ssh-rsa A", ssh_from="192.0.2.7/32")
    text = plan.text("ami-1")
    assert "uploaded from this checkout" in text
    assert "22 from 192.0.2.7/32" in text


def test_the_disk_grows_with_the_music() -> None:
    assert dataclasses.replace(PLAN, music=0).disk == 8
    assert dataclasses.replace(PLAN, music=1).disk == 9
    assert dataclasses.replace(PLAN, music=5 * GIB).disk == 13


@pytest.mark.parametrize("machine", MACHINES)
def test_the_image_is_of_the_machines_kind(machine: str) -> None:
    plan = dataclasses.replace(PLAN, machine=machine)
    kind = "arm64" if "g." in machine else "amd64"
    assert plan.image == f"/aws/service/debian/release/13/latest/{kind}"


def test_an_hour_costs_its_parts() -> None:
    assert hourly("t3.micro", disk=0, stored=0) == pytest.approx(0.0104 + 0.005)
    parts = 0.0084 + 0.005 + (10 * 0.08 + 2 * 0.023) / HOURS_A_MONTH
    assert hourly("t4g.micro", disk=10, stored=2 * GIB) == pytest.approx(parts)


def test_amounts_read_as_money() -> None:
    assert dollars(0) == "about $0.00"
    assert dollars(0.001) == "less than $0.01"
    assert dollars(12.345) == "about $12.35"


@pytest.mark.parametrize("ssh", ["", "ssh-rsa A"])
def test_the_template_takes_every_parameter_and_none_is_missing(ssh: str) -> None:
    plan: Plan = dataclasses.replace(PLAN, ssh_key=ssh, ssh_from="192.0.2.7/32")
    section = TEMPLATE.read_text("utf-8").partition("Parameters:")[2].partition("Conditions:")[0]
    blocks = re.findall(r"^  (\w+):\n((?:    .*\n)+)", section, re.MULTILINE)
    wanted = {name for name, block in blocks if "Default:" not in block}
    given = set(plan.parameters("true"))
    assert wanted <= given <= {name for name, _ in blocks}


def test_a_bucket_has_a_name_that_s3_takes() -> None:
    longest = Names("a" * 20, "123456789012", "ap-southeast-99")
    assert NAME.fullmatch(longest.name)
    assert len(longest.bucket) <= 63


def test_other_deployments_are_named_in_the_commands() -> None:
    other = dataclasses.replace(NAMES, name="other")
    assert other.command("down") == "python -m deploy down --name other --region eu-central-1"
    assert NAMES.command("down") == "python -m deploy down --region eu-central-1"
