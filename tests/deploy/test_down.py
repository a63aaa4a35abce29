# SPDX-License-Identifier: GPL-3.0-or-later
"""`status`, `ssh`, `logs` and `down` against Amazon's services as moto serves them."""

from pathlib import Path

import boto3
import pytest

from deploy.command_line import main
from deploy.errors import DeployError
from deploy.source import commit
from deploy.visit import known_hosts
from tests.deploy.account import KEY, doors, instance, made, parameters, stacks, up
from tests.deploy.cloud import REGION
from tests.deploy.instance import (
    FINGERPRINT,
    HOST_KEY,
    NAMES,
    PASSWORD,
    Scene,
    report,
)


class TestStatus:
    """It tells how things stand."""

    def test_tells_how_it_stands_and_how_to_listen(self, scene: Scene) -> None:
        made(scene)
        assert main(["status"], scene.around()) == 0
        assert "CREATE_COMPLETE" in scene.text
        assert commit() in scene.text
        assert "3.00 hours, about $0.04" in scene.text
        assert f"--fingerprint {FINGERPRINT}" in scene.text

    def test_shows_a_password_that_nobody_has_seen_once(
        self, scene: Scene, capsys: pytest.CaptureFixture[str]
    ) -> None:
        scene.interrupts = 2  # while it says HELLO
        scene.refusals = 9
        assert up(scene) == 130
        assert PASSWORD not in scene.text
        assert main(["status", "--password"], scene.around()) == 0
        assert PASSWORD in scene.text
        assert main(["status", "--password"], scene.around()) == 1
        assert "has been shown already" in capsys.readouterr().err

    def test_says_that_there_is_none(self, scene: Scene) -> None:
        assert main(["status"], scene.around()) == 1
        assert scene.text == f"There is no antiphon-demo in {REGION}."

    def test_says_that_the_first_boot_goes_on_or_failed(self, scene: Scene) -> None:
        scene.reports, scene.interrupts = None, 1
        assert up(scene) == 130
        assert main(["status"], scene.around()) == 1
        assert "has not ended" in scene.text
        report({"failed": "fetching the music"})
        assert main(["status"], scene.around()) == 1
        assert "failed while fetching the music" in scene.text


class TestSsh:
    """`ssh` and `logs` reach the instance, and no other."""

    @pytest.fixture
    def reachable(self, scene: Scene, tmp_path: Path) -> Scene:
        (tmp_path / ".ssh").mkdir()
        (tmp_path / ".ssh" / "id_ed25519.pub").write_text(KEY)
        assert main(["up", "--yes"], scene.around()) == 0
        return scene

    def test_trusts_the_key_that_the_instance_reported(self, reachable: Scene) -> None:
        assert main(["ssh", "--", "uptime"], reachable.around()) == 0
        words = reachable.ran[0]
        assert words[0] == "ssh"
        assert "StrictHostKeyChecking=yes" in words
        assert f"UserKnownHostsFile={known_hosts(NAMES)}" in words
        assert known_hosts(NAMES).read_text() == f"{NAMES.stack} {HOST_KEY}\n"
        assert words[-3:] == [f"admin@{instance()['PublicIpAddress']}", "--", "uptime"]

    def test_looks_at_an_instance_that_has_not_reported(self, reachable: Scene) -> None:
        boto3.client("ssm").delete_parameter(Name=NAMES.public)
        assert main(["ssh", "--identity", "/k"], reachable.around()) == 0
        assert "StrictHostKeyChecking=accept-new" in reachable.ran[0]
        assert "/k" in reachable.ran[0]

    def test_reads_the_log_of_the_service(self, reachable: Scene) -> None:
        assert main(["logs", "--follow"], reachable.around()) == 0
        assert reachable.ran[0][-8:] == [
            *("sudo", "journalctl", "--no-pager", "--unit", "antiphon", "--lines", "200"),
            "--follow",
        ]

    def test_says_that_it_was_made_without(
        self, scene: Scene, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made(scene)
        assert main(["ssh"], scene.around()) == 1
        assert "was made without ssh" in capsys.readouterr().err

    def test_says_that_there_is_none(
        self, scene: Scene, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["logs"], scene.around()) == 1
        assert "there is no antiphon-demo" in capsys.readouterr().err


class TestDown:
    """It removes all, once it was told to."""

    def test_leaves_nothing_and_says_what_it_cost(self, scene: Scene) -> None:
        made(scene)
        assert main(["down", "--yes"], scene.around()) == 0
        assert not stacks()
        assert not boto3.client("s3").list_buckets()["Buckets"]
        assert instance()["State"]["Name"] == "terminated"
        assert not boto3.client("iam").list_roles()["Roles"]
        assert not parameters()
        assert not doors()
        assert "It was there for 3.00 hours, about $0.04 ($0.0144 an hour" in scene.text

    def test_removes_what_was_interrupted(self, scene: Scene) -> None:
        scene.interrupts = 1
        assert up(scene) == 130
        assert main(["down", "--yes"], scene.around()) == 0
        assert not stacks()
        assert not boto3.client("s3").list_buckets()["Buckets"]

    def test_asks_before_it_removes_anything(self, scene: Scene) -> None:
        made(scene)
        scene.says_yes = False
        assert main(["down"], scene.around()) == 1
        assert scene.asked == ["Remove it?"]
        assert stacks()

    def test_has_nothing_to_do_twice(self, scene: Scene) -> None:
        made(scene)
        assert main(["down", "--yes"], scene.around()) == 0
        assert main(["down", "--yes"], scene.around()) == 0
        assert "nothing to remove" in scene.text

    def test_removes_what_a_failed_stack_has_left(self, scene: Scene) -> None:
        report({"failed": "a life without a stack"})
        assert main(["down", "--yes"], scene.around()) == 0
        assert not parameters()


class TestRefusals:
    """What cannot be done is a sentence."""

    @pytest.mark.parametrize("verb", ["up", "status", "down", "ssh", "logs"])
    def test_no_credentials(
        self,
        scene: Scene,
        verb: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name)
        assert main([verb], scene.around()) == 1
        assert "there are no credentials" in capsys.readouterr().err

    def test_no_region(
        self,
        scene: Scene,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        assert main(["status"], scene.around()) == 1
        assert "no region was given" in capsys.readouterr().err

    def test_no_such_profile(self, scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["status", "--profile", "nobody"], scene.around()) == 1
        assert "list-profiles" in capsys.readouterr().err

    def test_nobody_there(
        self,
        scene: Scene,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        monkeypatch.setattr("deploy.aws.TRIES", 1)
        assert main(["status"], scene.around()) == 1
        assert "Amazon cannot be reached" in capsys.readouterr().err

    def test_no_address_of_its_own(
        self,
        scene: Scene,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        def fail() -> str:
            raise DeployError("no address")

        (tmp_path / "k.pub").write_text(KEY)
        around = scene.around()
        object.__setattr__(around, "own_address", fail)
        assert main(["up", "--yes", "--ssh-key", str(tmp_path / "k.pub")], around) == 1
        assert "no address" in capsys.readouterr().err
        assert not stacks()
