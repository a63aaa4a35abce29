# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the whole of `up`, its user data for real in a Debian tree under systemd, then a listener.

By hand and as root, some minutes: `python -m tests.deploy.first_boot`. It wants debootstrap,
systemd-nspawn (apt-get install debootstrap systemd-container) and a Debian mirror. Amazon is a moto
server. The tree boots twice: once to install, and once more on a link of 80 ms, where a listener
hears a track through the service that came up by itself.
"""

import argparse
import base64
import contextlib
import dataclasses
import gzip
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import boto3

from bench.links.path import Path as LinkPath
from bench.links.relay import SERVER_ADDRESS
from bench.links.wire import Side, wire
from deploy.around import Around
from deploy.command_line import main as deploy
from deploy.hello import Door, greet
from tests.deploy.cloud import cloud

RELEASE: Final = "trixie"  # Debian 13, as deploy.plan has it
ONE_WAY: Final = 0.040  # seconds
PATIENCE: Final = 90.0  # seconds for a boot, and for its end
ROOT: Final = Path(__file__).parents[2]

# What cloud-init does: the user data once, late in the boot, as root.
CLOUD_INIT: Final = """\
[Unit]
ConditionPathExists=!/var/lib/cloud/done
After=network.target

[Service]
Type=oneshot
{environment}
ExecStart=/root/user-data
ExecStartPost=/bin/mkdir -p /var/lib/cloud/done
StandardOutput=append:/var/log/cloud-init-output.log
StandardError=inherit

[Install]
WantedBy=multi-user.target
"""


class Tree:
    """A Debian tree that boots in a container."""

    def __init__(self, folder: Path) -> None:
        """It is there already."""
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def first_boot(self, user_data: bytes, environment: dict[str, str]) -> None:
        """Boot with the user data of an instance."""
        script = self.folder / "root" / "user-data"
        script.write_bytes(user_data)
        script.chmod(0o755)
        # What this machine trusts when it fetches packages.
        trusted = os.environ.get("PIP_CERT")
        if trusted is not None:
            shutil.copy(trusted, self.folder / "root" / "trusted.crt")
            environment = {**environment, "PIP_CERT": "/root/trusted.crt"}
        lines = [f'Environment="{key}={value}"' for key, value in environment.items()]
        unit = self.folder / "etc/systemd/system/user-data.service"
        unit.write_text(CLOUD_INIT.format(environment="\n".join(lines)))
        wanted = self.folder / "etc/systemd/system/multi-user.target.wants"
        wanted.mkdir(exist_ok=True)
        (wanted / unit.name).symlink_to(f"/etc/systemd/system/{unit.name}")
        self.boot([])

    def boot(self, prefix: Sequence[str]) -> None:
        """Boot; `prefix` is a command that chooses the network."""
        with (self.folder.parent / "console").open("ab") as console:
            self._process = subprocess.Popen(
                [
                    *prefix,
                    *("systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit"),
                    *("--resolv-conf=copy-host", "--directory", str(self.folder)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
            )

    def stop(self) -> None:
        """Switch it off, in order."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def processes(self) -> list[str]:
        """The command lines of what runs in it as the service's user."""
        users = (self.folder / "etc/passwd").read_text()
        found = re.search(r"^antiphon:[^:]*:(\d+):", users, re.MULTILINE)
        if found is None:
            return []
        lines: list[str] = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and entry.stat().st_uid == int(found[1]):
                    lines.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        return lines

    def log(self) -> str:
        """What the user data said."""
        path = self.folder / "var/log/cloud-init-output.log"
        return path.read_text(errors="replace") if path.exists() else ""


class Instance:
    """The tree as the instance of a stack: it starts with what the stack has for it."""

    def __init__(self, tree: Tree, environment: dict[str, str]) -> None:
        """`environment` leads to the cloud."""
        self.door: Door | None = None
        self.password = ""
        self._tree = tree
        self._environment = environment
        self._is_on = False

    def pause(self, seconds: float) -> None:
        """What `up` does between two looks."""
        if not self._is_on:
            self._is_on = True
            self._tree.first_boot(self._user_data(), self._environment)
        time.sleep(min(seconds, 2))

    def greet(self, door: Door, password: str) -> str | None:
        """As `up` does it, to this machine: the tree uses its network."""
        self.door, self.password = door, password
        return greet(dataclasses.replace(door, address="127.0.0.1"), password)

    def _user_data(self) -> bytes:
        ec2 = boto3.client("ec2")
        instance = ec2.describe_instances()["Reservations"][0]["Instances"][0]["InstanceId"]
        answer = ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")
        return gzip.decompress(base64.b64decode(answer["UserData"]["Value"]))


def listen(instance: Instance, words: Sequence[str], prefix: Sequence[str]) -> tuple[int, str]:
    """The client with a null sink; its exit status and what it said."""
    assert instance.door is not None
    door = dataclasses.replace(instance.door, address=SERVER_ADDRESS)
    commands = [word for command in words for word in ("-c", command)]
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "client", "--sink", "null", *commands, *door.words()],
        cwd=ROOT,
        env={**os.environ, "ANTIPHON_PASSWORD": instance.password},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout


def free_ports() -> tuple[int, int]:
    """A control port, and the first of ten data ports, of which nobody here uses the first."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("", 0))
        other.bind(("", 0))
        return one.getsockname()[1], min(other.getsockname()[1], 65000)


def on_the_link(tree: Tree, instance: Instance) -> int:
    """The second boot; the exit status."""
    with wire(LinkPath(ONE_WAY), LinkPath(ONE_WAY)) as link:
        begin = time.monotonic()
        tree.boot(link.command(Side.SERVER, []))
        prefix = link.command(Side.CLIENT, [])
        while True:
            code, said = listen(instance, ["list"], prefix)
            if code == 0:
                break
            if time.monotonic() - begin > PATIENCE:
                print(f"nobody answered after the second boot: {said}")
                return 1
            time.sleep(1)
        print(f"{time.monotonic() - begin:.1f} s from the second boot to a list over 80 ms")
        code, said = listen(instance, ["play 1", "wait 5", "status", "stop"], prefix)
        print(said)
        print("as its own user:", *tree.processes(), sep="\n  ")
        passed = link.passed()
        print(f"{passed.down.delivered_bytes} bytes came down the link")
        return code or int(not tree.processes())


def main() -> int:
    """Do all of it; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.deploy.first_boot")
    parser.add_argument("--tree", type=Path, metavar="DIR", help="made by debootstrap, kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, cloud() as environment:
        base = given.tree or Path(scratch, "base")
        if not base.exists():
            include = "--include=systemd-sysv,dbus,ca-certificates"
            words = ["debootstrap", "--variant=minbase", include, RELEASE, str(base)]
            subprocess.run(words, check=True)
        folder = Path(scratch, "tree")
        subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(folder)], check=True)
        tree = Tree(folder)
        os.environ.update(environment)
        instance = Instance(tree, dict(environment))
        control, data = free_ports()
        begin = time.monotonic()
        try:
            code = deploy(
                [
                    *("up", "--yes", "--ssh-key", "none", "--port", str(control)),
                    *("--data-ports", f"{data}-{data + 9}", "--instance-type", "t3.micro"),
                ],
                Around(pause=instance.pause, greet=instance.greet),
            )
            print(f"up: status {code} after {time.monotonic() - begin:.0f} s")
            if code:
                print(tree.log())
                return code
            tree.stop()
            code = on_the_link(tree, instance)
            return code or deploy(["down", "--yes"])
        finally:
            tree.stop()


if __name__ == "__main__":
    sys.exit(main())
