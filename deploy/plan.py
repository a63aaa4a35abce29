# SPDX-License-Identifier: GPL-3.0-or-later
"""What `up` is about to make: its text for the operator, and its parameters for the template."""

from dataclasses import dataclass
from typing import Final

from deploy.names import Names
from deploy.prices import (
    FREE_TRAFFIC,
    GIB,
    HOURS_A_MONTH,
    MACHINES,
    SOURCE,
    TRAFFIC,
    dollars,
    hourly,
)
from deploy.user_data import packed, render

IMAGE: Final = "/aws/service/debian/release/13/latest/{}"  # Debian publishes each image there
LOGIN: Final = "admin"  # the account that Debian's images have
SYSTEM: Final = 8  # GiB of disk for all but the music
COMMIT_TAG: Final = "antiphon:commit"
HOURLY_TAG: Final = "antiphon:dollars-per-hour"


@dataclass(frozen=True, slots=True)
class Plan:
    """A deployment that can be made."""

    names: Names
    machine: str  # a key of MACHINES
    commit: str
    git_address: str  # https; empty: the source is uploaded
    tracks: int
    music: int  # bytes
    listener: str  # the user
    port: int
    data_ports: tuple[int, int]
    listeners_from: str  # CIDR
    ssh_key: str  # public; empty: no ssh
    ssh_from: str  # CIDR

    @property
    def image(self) -> str:
        """The public parameter that names the image."""
        return IMAGE.format(MACHINES[self.machine].architecture)

    @property
    def disk(self) -> int:
        """GiB."""
        return SYSTEM + -(-self.music // GIB)

    @property
    def hourly(self) -> float:
        """Dollars an hour."""
        return hourly(self.machine, disk=self.disk, stored=self.music)

    def parameters(self, script: str) -> dict[str, str]:
        """The template's parameters; `script` is first_boot.sh. ValueError where it is too long."""
        low, high = self.data_ports
        variables = {
            "NAME": self.names.name,
            "BUCKET": self.names.bucket,
            "LISTENER": self.listener,
            "PORT": str(self.port),
            "DATA_PORTS": f"{low}-{high}",
            "COMMIT": self.commit,
            "GIT_ADDRESS": self.git_address,
            "AWS_DEFAULT_REGION": self.names.region,
        }
        parameters = {
            "Name": self.names.name,
            "Bucket": self.names.bucket,
            "Image": self.image,
            "InstanceType": self.machine,
            "VolumeGiB": str(self.disk),
            "UserData": packed(render(script, variables)),
            "ListenersFrom": self.listeners_from,
            "Port": str(self.port),
            "LowestDataPort": str(low),
            "HighestDataPort": str(high),
        }
        if self.ssh_key:
            parameters |= {"SshKey": self.ssh_key, "SshFrom": self.ssh_from}
        return parameters

    def tags(self) -> dict[str, str]:
        """What `status` and `down` want to know of the stack later on."""
        return {COMMIT_TAG: self.commit, HOURLY_TAG: f"{self.hourly:.5f}"}

    def text(self, image: str) -> str:
        """What will be made and what it costs; `image` is what the parameter names today."""
        low, high = self.data_ports
        machine = MACHINES[self.machine]
        source = (
            f"cloned from {self.git_address}" if self.git_address else "uploaded from this checkout"
        )
        ssh = f"22 from {self.ssh_from}" if self.ssh_key else "no ssh"
        month = self.hourly * HOURS_A_MONTH
        return "\n".join(
            [
                f"In account {self.names.account}, region {self.names.region}, this will be made:",
                f"  stack     {self.names.stack}, which holds the rest",
                (
                    f"  instance  {self.machine} ({machine.memory:g} GiB, {machine.architecture}),"
                    f" {self.disk} GiB of disk, Debian 13 ({image})"
                ),
                f"  source    commit {self.commit[:12]}, {source}",
                (
                    f"  music     {self.tracks} files, {self.music / 1e6:.1f} MB, through the"
                    f" private bucket {self.names.bucket}"
                ),
                (
                    f"  role      may read that bucket, and write {self.names.public} and"
                    f" {self.names.password}"
                ),
                f"  ports     {self.port} and {low}-{high} from {self.listeners_from}; {ssh}",
                f"  user      {self.listener}, with a password that is made there and shown here",
                (
                    f"It costs about ${self.hourly:.4f} an hour, {dollars(month)} a month, and"
                    f" ${TRAFFIC:.2f} for each GB heard beyond the account's first {FREE_TRAFFIC} a"
                    " month."
                ),
                f"({SOURCE}.)",
            ]
        )
