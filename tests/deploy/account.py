# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests do with the command, and find in the account that moto serves."""

from typing import Any

import boto3

from deploy.command_line import main
from tests.deploy.instance import (
    Scene,
)

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEX0Vr0KyJ9JAt5rQ8R5z6RVNNO0T1JZ1nXlY8lbrYbV me"


def up(scene: Scene, *words: str, ssh: str = "none") -> int:
    """Without an upload of the source, which takes longer than all else."""
    git = ("--git", "https://example.org/antiphon.git")
    return main(["up", "--yes", "--ssh-key", ssh, *git, *words], scene.around())


def made(scene: Scene, *words: str) -> Scene:
    """Something that plays; what was said and asked so far is forgotten."""
    assert up(scene, *words) == 0
    scene.said.clear()
    return scene


def stacks() -> list[Any]:
    return boto3.client("cloudformation").describe_stacks()["Stacks"]


def parameters() -> set[str]:
    found = boto3.client("ssm").describe_parameters(
        ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": ["/antiphon"]}]
    )
    return {parameter.get("Name", "") for parameter in found["Parameters"]}


def instance() -> Any:
    return boto3.client("ec2").describe_instances()["Reservations"][0]["Instances"][0]


def doors() -> set[tuple[int, int, str]]:
    """Lowest port, highest port, who: of the firewall of the stack."""
    found: Any = boto3.client("ec2").describe_security_groups()["SecurityGroups"]
    ours = [group for group in found if group["GroupName"] != "default"]
    return {
        (rule["FromPort"], rule["ToPort"], source["CidrIp"])
        for group in ours
        for rule in group["IpPermissions"]
        for source in rule["IpRanges"]
    }
