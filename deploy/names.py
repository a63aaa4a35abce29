# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of a deployment are called: all follow from its name, so nothing is kept here."""

import re
from dataclasses import dataclass
from typing import Final

NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,19}")  # a bucket's name has 63 characters at most
DEFAULT_NAME: Final = "demo"


@dataclass(frozen=True, slots=True)
class Names:
    """A deployment of an account in a region."""

    name: str
    account: str
    region: str

    @property
    def stack(self) -> str:
        """The CloudFormation stack."""
        return f"antiphon-{self.name}"

    @property
    def bucket(self) -> str:
        """The bucket: no other account has one of that name."""
        return f"antiphon-{self.name}-{self.account}-{self.region}"

    @property
    def public(self) -> str:
        """The parameter in which the instance reports what everybody may know."""
        return f"/antiphon/{self.name}/public"

    @property
    def password(self) -> str:
        """The encrypted parameter with the password, until it has been shown."""
        return f"/antiphon/{self.name}/password"

    def command(self, verb: str) -> str:
        """How the operator says something of this deployment."""
        name = "" if self.name == DEFAULT_NAME else f" --name {self.name}"
        return f"python -m deploy {verb}{name} --region {self.region}"
