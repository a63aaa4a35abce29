# SPDX-License-Identifier: GPL-3.0-or-later
"""`up` against Amazon's services as moto serves them."""

import ast
import base64
import gzip
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pytest

from deploy.command_line import main
from deploy.source import commit
from tests.deploy.account import KEY, doors, instance, made, parameters, stacks, up
from tests.deploy.cloud import IMAGE, REGION
from tests.deploy.instance import (
    ACCOUNT,
    FINGERPRINT,
    NAMES,
    PASSWORD,
    Scene,
    objects,
    report,
)


class TestUp:
    """It makes all, and tells at each end what there is."""

    def test_makes_all_of_it_and_says_how_to_listen(self, scene: Scene) -> None:
        assert up(scene) == 0
        address = instance()["PublicIpAddress"]
        assert (
            f"python -m client --tls --fingerprint {FINGERPRINT} --user listener {address} 55353"
            in scene.text
        )
        assert PASSWORD in scene.text
        assert "python -m deploy down" in scene.text
        assert scene.doors[0][0].address == address
        assert scene.doors[0][1] == PASSWORD

    def test_starts_the_current_image_on_the_type_that_was_chosen(self, scene: Scene) -> None:
        assert up(scene, "--instance-type", "t3.small") == 0
        assert instance()["ImageId"] == IMAGE
        assert instance()["InstanceType"] == "t3.small"

    def test_opens_the_ports_and_nothing_else(self, scene: Scene) -> None:
        assert up(scene, "--data-ports", "56000-56009", "--listeners-from", "203.0.113.0/24") == 0
        assert doors() == {
            (55353, 55353, "203.0.113.0/24"),
            (56000, 56009, "203.0.113.0/24"),
        }

    def test_opens_ssh_to_this_machine_alone(self, scene: Scene, tmp_path: Path) -> None:
        key = tmp_path / "key.pub"
        key.write_text(f"{KEY}\n")
        assert up(scene, ssh=str(key)) == 0
        assert (22, 22, "192.0.2.7/32") in doors()
        # moto makes no AWS::EC2::KeyPair; what it would be made of is here.
        given = {item["ParameterKey"]: item["ParameterValue"] for item in stacks()[0]["Parameters"]}
        assert given["SshKey"] == KEY

    def test_uploads_this_commit_and_the_music_and_says_so_last(self, scene: Scene) -> None:
        assert main(["up", "--yes", "--ssh-key", "none"], scene.around()) == 0
        assert {"uploaded", "source.tar.gz", "music/01 Gymnopedie No. 1.mp3"} <= objects()
        body = boto3.client("s3").get_object(Bucket=NAMES.bucket, Key="source.tar.gz")["Body"]
        with tarfile.open(fileobj=BytesIO(body.read())) as archive:
            assert "pyproject.toml" in archive.getnames()

    def test_uploads_no_source_where_it_is_cloned(self, scene: Scene) -> None:
        assert up(scene) == 0
        assert "source.tar.gz" not in objects()

    def test_gives_the_instance_user_data_without_a_secret(self, scene: Scene) -> None:
        assert up(scene) == 0
        answer: Any = boto3.client("ec2").describe_instance_attribute(
            InstanceId=instance()["InstanceId"], Attribute="userData"
        )
        text = gzip.decompress(base64.b64decode(answer["UserData"]["Value"])).decode()
        assert text.startswith("#!/bin/bash\n")
        assert f"COMMIT={commit()}" in text
        assert PASSWORD not in text
        assert "AKIA" not in text

    def test_lets_the_role_read_that_bucket_and_write_two_parameters(self, scene: Scene) -> None:
        assert up(scene) == 0
        iam = boto3.client("iam")
        role = iam.list_roles()["Roles"][0]["RoleName"]
        policy: Any = iam.get_role_policy(RoleName=role, PolicyName="fetch-and-report")
        document = policy["PolicyDocument"]
        if isinstance(document, str):  # moto gives back what it was given, as Python writes it
            document = ast.literal_eval(document)
        allowed = {
            (statement["Action"], resource)
            for statement in document["Statement"]
            for resource in (
                [statement["Resource"]]
                if isinstance(statement["Resource"], str)
                else statement["Resource"]
            )
        }
        own = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/antiphon/demo"
        assert allowed == {
            ("s3:ListBucket", f"arn:aws:s3:::{NAMES.bucket}"),
            ("s3:GetObject", f"arn:aws:s3:::{NAMES.bucket}/*"),
            ("ssm:PutParameter", f"{own}/public"),
            ("ssm:PutParameter", f"{own}/password"),
        }

    def test_shows_the_cost_and_asks_before_it_makes_anything(self, scene: Scene) -> None:
        scene.says_yes = False
        assert main(["up", "--ssh-key", "none"], scene.around()) == 1
        assert scene.asked == ["Make it?"]
        assert "an hour" in scene.text
        assert IMAGE in scene.text
        assert not stacks()
        assert not parameters()

    def test_asks_again_until_hello_is_answered(self, scene: Scene) -> None:
        scene.refusals = 3
        assert up(scene) == 0
        assert len(scene.doors) == 4

    def test_deletes_the_password_once_it_was_shown(self, scene: Scene) -> None:
        assert up(scene) == 0
        assert parameters() == {NAMES.public}

    def test_believes_no_report_of_an_earlier_deployment(self, scene: Scene) -> None:
        report({"failed": "an earlier life"})
        assert up(scene) == 0

    def test_makes_no_second_one_of_a_name(
        self, scene: Scene, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made(scene)
        assert up(Scene()) == 1
        assert "already (CREATE_COMPLETE)" in capsys.readouterr().err

    def test_makes_another_beside_it(self, scene: Scene) -> None:
        made(scene)
        other = Scene(reports=None, interrupts=1)
        assert up(other, "--name", "other") == 130
        assert {stack["StackName"] for stack in stacks()} == {"antiphon-demo", "antiphon-other"}

    @pytest.mark.parametrize("pause", [1, 2, 3])
    def test_ctrl_c_says_what_there_is_and_how_to_remove_it(self, scene: Scene, pause: int) -> None:
        scene.interrupts = pause
        scene.refusals = 5
        assert up(scene) == 130
        assert "goes on costing about $" in scene.text
        assert f"`python -m deploy down --region {REGION}` removes it" in scene.text

    def test_says_what_an_instance_failed_with(
        self, scene: Scene, capsys: pytest.CaptureFixture[str]
    ) -> None:
        scene.reports = {"failed": "installing Python packages", "status": "1"}
        assert up(scene) == 1
        said = capsys.readouterr().err
        assert "failed while installing Python packages (status 1)" in said
        assert "`python -m deploy down --region" in said

    def test_gives_up_on_an_instance_that_says_nothing(
        self, scene: Scene, capsys: pytest.CaptureFixture[str]
    ) -> None:
        scene.reports = None
        assert up(scene) == 1
        assert "has reported nothing after 1200 s" in capsys.readouterr().err
        assert 30 <= scene.text.count("takes some minutes") <= 45

    def test_gives_up_where_no_hello_is_answered(
        self, scene: Scene, capsys: pytest.CaptureFixture[str]
    ) -> None:
        scene.refusals = 10**6
        assert up(scene) == 1
        assert "the client says: antiphon: nobody listens there" in capsys.readouterr().err
        assert NAMES.password in parameters()

    def test_wants_a_folder_with_music_before_all_else(
        self, scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert up(scene, "--music", str(tmp_path)) == 1
        assert "there is no MP3 file in" in capsys.readouterr().err
        assert not stacks()

    def test_wants_a_key_for_ssh(self, scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["up", "--yes"], scene.around()) == 1
        assert "--ssh-key none to do without ssh" in capsys.readouterr().err

    def test_wants_the_public_half_of_it(
        self, scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "key").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
        assert up(scene, ssh=str(tmp_path / "key")) == 1
        assert "give the .pub file" in capsys.readouterr().err
