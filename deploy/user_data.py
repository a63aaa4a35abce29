# SPDX-License-Identifier: GPL-3.0-or-later
"""What cloud-init runs on the instance: `first_boot.sh` behind a line for each variable.

There is no secret in it: whoever may look at the instance may read it, for as long as it is there.
"""

import base64
import gzip
import shlex
from collections.abc import Mapping
from typing import Final

MOST: Final = 4096  # bytes of a parameter of a CloudFormation template


def render(script: str, variables: Mapping[str, str]) -> str:
    """The script with its variables, each quoted for the shell."""
    lines = [f"{name}={shlex.quote(value)}" for name, value in variables.items()]
    return "\n".join(["#!/bin/bash", *lines, script])


def packed(text: str) -> str:
    """As EC2 takes it, base64, and as cloud-init unpacks it, gzip; ValueError where too long."""
    # The same text is the same parameter: no time in the header.
    content = base64.b64encode(gzip.compress(text.encode(), compresslevel=9, mtime=0)).decode()
    if len(content) > MOST:
        raise ValueError(f"the user data has {len(content)} bytes, and may have {MOST}")
    return content
