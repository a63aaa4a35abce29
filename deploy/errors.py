# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deployment fails with: sentences for its operator, out of Amazon's error codes."""

from collections.abc import Mapping
from typing import Final

SIGN_IN: Final = "sign in again (`aws sso login`, or new keys in the environment) and start again"

_BY_CODE: Final[Mapping[str, str]] = {
    "ExpiredToken": f"the session token has expired: {SIGN_IN}",
    "ExpiredTokenException": f"the session token has expired: {SIGN_IN}",
    "RequestExpired": f"the session token, or this machine's clock, is out of date: {SIGN_IN}",
    "InvalidClientTokenId": f"Amazon does not know these credentials: {SIGN_IN}",
    "UnrecognizedClientException": f"Amazon does not know these credentials: {SIGN_IN}",
    "AuthFailure": f"Amazon does not accept these credentials: {SIGN_IN}",
    "SignatureDoesNotMatch": (
        "Amazon does not accept the secret key, or this machine's clock is wrong: look at both"
    ),
    "Throttling": "Amazon was asked too often: wait a minute and start again",
    "LimitExceededException": (
        "the account has as many stacks as it may have: remove one, or ask for more in Service"
        " Quotas"
    ),
    "AlreadyExistsException": (
        "a stack of that name is there already: `python -m deploy status` tells of it, `down`"
        " removes it, and --name makes another beside it"
    ),
}

_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})

# Parts of the reasons that CloudFormation gives, as EC2, S3 and IAM word them.
_BY_REASON: Final[Mapping[str, str]] = {
    "VcpuLimitExceeded": (
        "the account may not run one more processor of that kind here: ask for more in Service"
        " Quotas (EC2, running on-demand standard instances), or give another --region"
    ),
    "InsufficientInstanceCapacity": (
        "Amazon has no such instance free there: wait, or give another --instance-type or --region"
    ),
    "default VPC": "the region has no default VPC: `aws ec2 create-default-vpc` makes it",
    "VPCIdNotSpecified": "the region has no default VPC: `aws ec2 create-default-vpc` makes it",
    "AddressLimitExceeded": "the account has no address left: ask for more in Service Quotas",
    "not authorized": "these credentials may not make all that is needed: ask for the right to",
    "AccessDenied": "these credentials may not make all that is needed: ask for the right to",
    "not supported in your requested Availability Zone": (
        "the region's first zone has no such instance: give another --instance-type or --region"
    ),
}


class DeployError(Exception):
    """It cannot be done; the text is a sentence that says why and what to do."""


def sentence(code: str, message: str, action: str) -> str:
    """What a refused call means to the operator; `action` is the call's name."""
    if code in _DENIED:
        return (
            f"these credentials may not do {action}: ask for the right to, or use others"
            f" (AWS_PROFILE); Amazon says: {message}"
        )
    known = _BY_CODE.get(code)
    return known if known is not None else f"{action} failed, {code}: {message}"


def reason(text: str) -> str:
    """What CloudFormation's reason for a failure means to the operator."""
    for part, meaning in _BY_REASON.items():
        if part in text:
            return f"{meaning}; Amazon says: {text}"
    return text
