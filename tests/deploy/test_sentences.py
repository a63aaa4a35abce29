# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused or typed wrong, and what an instance reports: sentences, each with a way on."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, TokenRetrievalError
from botocore.parsers import ResponseParserError

from deploy.aws import Aws
from deploy.command_line import main
from deploy.errors import DeployError, reason, sentence
from deploy.reported import ReportError, read
from tests.deploy.instance import FINGERPRINT, GOOD, Scene


@pytest.mark.parametrize(
    ("code", "way_on"),
    [
        ("ExpiredToken", "aws sso login"),
        ("ExpiredTokenException", "aws sso login"),
        ("UnrecognizedClientException", "does not know these credentials"),
        ("AccessDenied", "ask for the right to"),
        ("LimitExceededException", "Service Quotas"),
        ("AlreadyExistsException", "--name makes another"),
        ("SomethingElse", "s3:PutObject failed, SomethingElse: it says"),
    ],
)
def test_a_refusal_says_what_to_do(code: str, way_on: str) -> None:
    assert way_on in sentence(code, "it says", "s3:PutObject")


@pytest.mark.parametrize(
    ("why", "way_on"),
    [
        ("... (Service: Ec2, Error Code: VcpuLimitExceeded)", "Service Quotas"),
        ("InsufficientInstanceCapacity: We currently do not have", "another --instance-type"),
        ("No default VPC for this user", "create-default-vpc"),
        ("User: arn is not authorized to perform iam:CreateRole", "ask for the right to"),
    ],
)
def test_a_part_that_failed_says_what_to_do(why: str, way_on: str) -> None:
    assert way_on in reason(why)
    assert why in reason(why)


def test_an_unknown_reason_is_told_as_it_is() -> None:
    assert reason("out of luck") == "out of luck"


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": "m"}}, "GetCaller"), "expired"),
        (ResponseParserError("syntax error"), "cannot be read"),
        (TokenRetrievalError(provider="sso", error_msg="gone"), "aws sso login"),
    ],
)
def test_what_boto_raises_never_gets_through(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, raised: Exception, said: str
) -> None:
    aws = Aws(region=None, profile=None)

    def fail() -> Any:
        raise raised

    monkeypatch.setattr(getattr(aws, "_who"), "get_caller_identity", fail)  # noqa: B009
    with pytest.raises(DeployError, match=said):
        aws.account()


def test_a_report_is_read() -> None:
    reported = read(json.dumps(GOOD))
    assert (reported.fingerprint, reported.user) == (FINGERPRINT, "listener")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"failed": "fetching", "status": "22"}', "failed while fetching .status 22."),
        ("nonsense", "nobody can read"),
        ("[]", "nobody can read"),
        ('{"user": "x"}', "nobody can read"),
        (json.dumps({**GOOD, "fingerprint": "AB:CD"}), "no fingerprint"),
        (json.dumps({**GOOD, "fingerprint": f"{FINGERPRINT} --x"}), "no fingerprint"),
        (json.dumps({**GOOD, "host_key": "a\nb c"}), "no key of its ssh"),
    ],
)
def test_a_report_that_is_of_no_use_is_an_error(text: str, said: str) -> None:
    with pytest.raises(ReportError, match=said):
        read(text)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["sideways"],
        ["up", "--name", "UPPER"],
        ["up", "--name", "a" * 21],
        ["up", "--git", "http://example.org/x.git"],
        ["up", "--git", "https://user:secret@example.org/x.git"],
        ["up", "--user", "-x"],
        ["up", "--user", "a b"],
        ["up", "--port", "80"],
        ["up", "--data-ports", "56000-55000"],
        ["up", "--data-ports", "56000"],
        ["up", "--listeners-from", "198.51.100.7/24"],
        ["up", "--instance-type", "x1.huge"],
    ],
)
def test_what_is_typed_wrong_is_one_line(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("deploy: ")
    assert said.count("\n") == 1
