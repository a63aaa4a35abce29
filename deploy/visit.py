# SPDX-License-Identifier: GPL-3.0-or-later
"""`status`, `ssh` and `logs`: what one does with a deployment that is there."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.around import Around
from deploy.aws import Aws, Stack
from deploy.down import cost
from deploy.errors import DeployError
from deploy.hello import Door
from deploy.names import Names
from deploy.plan import COMMIT_TAG, LOGIN
from deploy.reported import Reported, ReportError, read

LINES: Final = 200  # of the log


def status(names: Names, aws: Aws, around: Around, *, wants_password: bool) -> int:
    """Tell how it stands; exit status 0 where it serves. Raises DeployError."""
    stack = aws.stack(names.stack)
    if stack is None:
        around.say(f"There is no {names.stack} in {names.region}.")
        return 1
    around.say(f"{names.stack} in {names.region}: {stack.status} {stack.why}".rstrip())
    around.say(f"there for    {cost(stack, around)}")
    around.say(f"commit       {stack.tags.get(COMMIT_TAG, 'unknown')}")
    address = stack.outputs.get("Address")
    if address is None:
        return 1
    around.say(f"address      {address}")
    try:
        reported = _reported(names, aws)
    except ReportError as error:
        around.say(f"first boot   {error}")
        return 1
    if reported is None:
        around.say("first boot   has not ended")
        return 1
    port = int(stack.parameters.get("Port", "55353"))
    door = Door(address, port, reported.fingerprint, reported.user)
    around.say(f"listen with  {door.command()}")
    password = aws.parameter(names.password)
    if wants_password:
        if password is None:
            raise DeployError(
                "the password has been shown already, and is nowhere but on the instance, hashed:"
                f" `{names.command('ssh')} -- sudo antiphon-server user add {door.user} --file"
                " /etc/antiphon/users` gives another"
            )
        around.say(f"password     {password} (shown this once)")
        aws.delete_parameters(names.password)
    elif password is not None:
        around.say(f"password     not shown yet: {names.command('status')} --password")
    return 0


def ssh(
    names: Names, aws: Aws, around: Around, words: Sequence[str], *, identity: str | None
) -> int:
    """A shell on the instance, or a command; its exit status. Raises DeployError."""
    stack = _existing(names, aws)
    address = stack.outputs.get("Address")
    if address is None:
        raise DeployError(f"{names.stack} has no address yet ({stack.status})")
    if not stack.parameters.get("SshKey"):
        raise DeployError(f"{names.stack} was made without ssh: `down`, then `up` with --ssh-key")
    command = ["ssh", *_trust(names, aws), *(["-i", identity] if identity else [])]
    return around.run([*command, f"{LOGIN}@{address}", *(["--", *words] if words else [])])


def logs(names: Names, aws: Aws, around: Around, *, follow: bool, identity: str | None) -> int:
    """The service's log; raises DeployError."""
    words = ["sudo", "journalctl", "--no-pager", "--unit", "antiphon", "--lines", str(LINES)]
    return ssh(names, aws, around, [*words, *(["--follow"] if follow else [])], identity=identity)


def known_hosts(names: Names) -> Path:
    """Where the instance's key of ssh is kept for ssh, written anew each time."""
    state = os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()
    return Path(state, "antiphon", "deploy", f"{names.stack}.{names.region}.known_hosts")


def _trust(names: Names, aws: Aws) -> list[str]:
    """Options by which ssh knows the instance: by what it reported, not by a first meeting."""
    path = known_hosts(names)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        reported = _reported(names, aws)
    except ReportError:
        reported = None  # one looks why
    key = reported.host_key if reported is not None else ""
    if key:
        path.write_text(f"{names.stack} {key}\n", "utf-8")
    else:
        path.unlink(missing_ok=True)
    options = {
        "HostKeyAlias": names.stack,
        "UserKnownHostsFile": str(path),
        "StrictHostKeyChecking": "yes" if key else "accept-new",
    }
    return [word for key, value in options.items() for word in ("-o", f"{key}={value}")]


def _reported(names: Names, aws: Aws) -> Reported | None:
    text = aws.parameter(names.public)
    return None if text is None else read(text)


def _existing(names: Names, aws: Aws) -> Stack:
    stack = aws.stack(names.stack)
    if stack is None:
        raise DeployError(
            f"there is no {names.stack} in {names.region}: `{names.command('up')}` makes it"
        )
    return stack
