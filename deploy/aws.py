# SPDX-License-Identifier: GPL-3.0-or-later
"""Every call to Amazon's services, and nothing that decides; a refusal becomes a sentence."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.parsers import ResponseParserError

from deploy.errors import SIGN_IN, DeployError, sentence

PATIENCE: Final = 20.0  # seconds for a connection, and for an answer
TRIES: Final = 4
AT_ONCE: Final = 1000  # objects that one call deletes


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack as it is now."""

    id: str
    status: str
    why: str  # empty, or CloudFormation's reason for the status
    created: datetime
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Event:
    """What became of a part of a stack."""

    id: str
    part: str
    status: str
    why: str


class Aws:
    """An account in a region, by the credentials that boto3 finds; every method raises DeployError.

    Attributes:
        region: where all of it is.
    """

    def __init__(self, *, region: str | None, profile: str | None) -> None:
        """None: what the environment or Amazon's own settings say."""
        config = Config(
            connect_timeout=PATIENCE,
            read_timeout=PATIENCE,
            retries={"mode": "standard", "total_max_attempts": TRIES},
        )
        with _sentences("opening a session"):
            session = boto3.Session(profile_name=profile, region_name=region)
            self._stacks = session.client("cloudformation", config=config)
            self._store = session.client("s3", config=config)
            self._parameters = session.client("ssm", config=config)
            self._who = session.client("sts", config=config)
        self.region: str = self._stacks.meta.region_name

    def account(self) -> str:
        """Whose credentials these are."""
        with _sentences("sts:GetCallerIdentity"):
            return self._who.get_caller_identity()["Account"]

    def parameter(self, name: str) -> str | None:
        """A parameter's value, decrypted; None where there is none."""
        with _sentences("ssm:GetParameter"):
            try:
                answer = self._parameters.get_parameter(Name=name, WithDecryption=True)
            except self._parameters.exceptions.ParameterNotFound:
                return None
            return answer["Parameter"].get("Value", "")

    def delete_parameters(self, *names: str) -> None:
        """Delete those that are there."""
        with _sentences("ssm:DeleteParameters"):
            self._parameters.delete_parameters(Names=list(names))

    def create(
        self,
        name: str,
        template: str,
        parameters: Mapping[str, str],
        tags: Mapping[str, str],
    ) -> str:
        """Begin a stack that vanishes where it fails; its id."""
        with _sentences("cloudformation:CreateStack"):
            made = self._stacks.create_stack(
                StackName=name,
                TemplateBody=template,
                Parameters=[
                    {"ParameterKey": key, "ParameterValue": value}
                    for key, value in parameters.items()
                ],
                Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
                Capabilities=["CAPABILITY_IAM"],
                OnFailure="DELETE",
            )
            return made["StackId"]

    def stack(self, name: str) -> Stack | None:
        """A stack by its name, or one that may be deleted by its id; None where there is none."""
        with _sentences("cloudformation:DescribeStacks"):
            try:
                found = self._stacks.describe_stacks(StackName=name)["Stacks"]
            except ClientError as error:
                if _code(error) == "ValidationError" and "does not exist" in str(error):
                    return None
                raise
        if not found:
            return None
        stack = found[0]
        return Stack(
            stack.get("StackId", ""),
            stack["StackStatus"],
            stack.get("StackStatusReason", ""),
            stack["CreationTime"],
            {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])},
            {
                output.get("OutputKey", ""): output.get("OutputValue", "")
                for output in stack.get("Outputs", [])
            },
            {
                parameter.get("ParameterKey", ""): parameter.get("ParameterValue", "")
                for parameter in stack.get("Parameters", [])
            },
        )

    def events(self, stack: str) -> list[Event]:
        """What became of a stack's parts lately, oldest first."""
        with _sentences("cloudformation:DescribeStackEvents"):
            answer = self._stacks.describe_stack_events(StackName=stack)
        return [
            Event(
                event["EventId"],
                event.get("LogicalResourceId", ""),
                event.get("ResourceStatus", ""),
                event.get("ResourceStatusReason", ""),
            )
            for event in reversed(answer["StackEvents"])
        ]

    def delete(self, stack: str) -> None:
        """Begin to delete a stack."""
        with _sentences("cloudformation:DeleteStack"):
            self._stacks.delete_stack(StackName=stack)

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """An object out of memory."""
        with _sentences("s3:PutObject"):
            self._store.put_object(Bucket=bucket, Key=key, Body=content)

    def upload(self, bucket: str, key: str, path: Path) -> None:
        """An object out of a file."""
        with _sentences("s3:PutObject"):
            self._store.upload_file(str(path), bucket, key)

    def keys(self, bucket: str) -> list[str]:
        """What is in a bucket; nothing where there is no such bucket."""
        with _sentences("s3:ListBucket"):
            return list(self._listed(bucket))

    def empty(self, bucket: str) -> int:
        """Delete all that is in a bucket; how much that was."""
        keys = self.keys(bucket)
        for begin in range(0, len(keys), AT_ONCE):
            part = keys[begin : begin + AT_ONCE]
            with _sentences("s3:DeleteObject"):
                done = self._store.delete_objects(
                    Bucket=bucket, Delete={"Objects": [{"Key": key} for key in part]}
                )
            if errors := done.get("Errors"):
                first = errors[0]
                raise DeployError(
                    sentence(first.get("Code", ""), first.get("Message", ""), "s3:DeleteObject")
                )
        return len(keys)

    def _listed(self, bucket: str) -> Iterator[str]:
        try:
            for page in self._store.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                for item in page.get("Contents", []):
                    yield item.get("Key", "")
        except self._store.exceptions.NoSuchBucket:
            return


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


@contextmanager
def _sentences(action: str) -> Generator[None]:
    """What boto3 raises in the block becomes a DeployError."""
    try:
        yield
    except ClientError as error:
        message = error.response.get("Error", {}).get("Message", "")
        raise DeployError(sentence(_code(error), message, action)) from None
    except (NoCredentialsError, PartialCredentialsError):
        raise DeployError(
            "there are no credentials: `aws configure`, or AWS_PROFILE, or AWS_ACCESS_KEY_ID and"
            " AWS_SECRET_ACCESS_KEY in the environment"
        ) from None
    except NoRegionError:
        raise DeployError(
            "no region was given: --region eu-central-1, or AWS_DEFAULT_REGION, or `aws configure`"
        ) from None
    except ProfileNotFound as error:
        raise DeployError(f"{error}: `aws configure list-profiles` names those there are") from None
    except EndpointConnectionError as error:
        raise DeployError(
            f"Amazon cannot be reached ({error}): is the region's name right, and the network up?"
        ) from None
    except S3UploadFailedError as error:
        raise DeployError(f"an upload failed: {error}") from None
    except ResponseParserError:
        raise DeployError(f"{action}: Amazon's answer cannot be read; start again") from None
    except BotoCoreError as error:
        if "SSO" in type(error).__name__ or "Token" in type(error).__name__:
            raise DeployError(f"{error}: {SIGN_IN}") from None
        raise DeployError(f"{action} failed: {error}") from None
