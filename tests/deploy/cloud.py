# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon's services for the tests: a moto server, `python -m tests.deploy.cloud`, on loopback.

It says its port on standard output, and ends with its standard input.
"""

import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

REGION = "eu-central-1"
IMAGE = "ami-0123456789abcdef0"
IMAGES = tuple(f"/aws/service/debian/release/13/latest/{kind}" for kind in ("amd64", "arm64"))

# No credentials of the machine's owner get here, and no settings.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_SESSION_TOKEN": "example",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextmanager
def cloud() -> Generator[Mapping[str, str]]:
    """A cloud of its own until the end of the block; the environment that leads to it."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.deploy.cloud"],
        env={**os.environ, **ENVIRONMENT, "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port, "the cloud did not start"
        try:
            yield {**ENVIRONMENT, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        finally:
            process.kill()


def publish_images() -> None:
    """Put Debian's images where only Amazon may put parameters, also after a reset."""
    from moto.ssm import models  # noqa: PLC0415 slow, and for the process alone

    backend: Any = models.SimpleSystemManagerBackend
    parameter: Any = models.Parameter
    begin = backend.__init__

    def with_images(self: Any, region_name: str, account_id: str) -> None:
        begin(self, region_name, account_id)
        for name in IMAGES:
            image = parameter(
                account_id=account_id,
                name=name,
                value=IMAGE,
                parameter_type="String",
                description=None,
                allowed_pattern=None,
                keyid=None,
                last_modified_date=datetime.now(UTC),
                version=1,
                data_type="text",
            )
            self._parameters[name].append(image)

    backend.__init__ = with_images


def main() -> None:
    """Serve until standard input ends."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 slow

    publish_images()
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    sys.stdout.write(f"{server.get_host_and_port()[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
