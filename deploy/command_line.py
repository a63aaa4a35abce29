# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m deploy up|status|ssh|logs|down`: its options, and what they lead to."""

import argparse
import ipaddress
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from deploy import source
from deploy.around import Around
from deploy.aws import Aws
from deploy.down import down
from deploy.errors import DeployError
from deploy.music import pieces
from deploy.names import DEFAULT_NAME, NAME, Names
from deploy.plan import Plan
from deploy.prices import DEFAULT_MACHINE, MACHINES
from deploy.up import INTERRUPTED, Up
from deploy.visit import logs, ssh, status

KEYS: Final = ("id_ed25519.pub", "id_rsa.pub")  # the kinds that EC2 takes
KINDS: Final = ("ssh-ed25519 ", "ssh-rsa ")
USER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
EVERYBODY: Final = "0.0.0.0/0"

_EPILOG: Final = """\
examples:
  python -m deploy up --music ~/Music/demo      shows the cost, asks, makes it, tells how to listen
  python -m deploy up --yes --git https://example.org/antiphon.git
  python -m deploy logs --follow
  python -m deploy ssh -- sudo systemctl status antiphon
  python -m deploy down                         removes all of it, says what it cost

Credentials and region are found as `aws` finds them: in the environment, or what `aws configure`
wrote. Nothing is kept on this machine but the instance's key for ssh.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence; status 2."""
        self.exit(2, f"deploy: {message} (--help shows how)\n")


def main(words: Sequence[str], around: Around | None = None) -> int:
    """Do what is asked for; the exit status."""
    given = parser().parse_args(words)
    try:
        return _obey(given, around or Around())
    except DeployError as error:
        sys.stderr.write(f"deploy: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\ndeploy: interrupted; nothing was changed\n")
        return INTERRUPTED


def _obey(given: argparse.Namespace, around: Around) -> int:
    aws = Aws(region=given.region, profile=given.profile)
    names = Names(given.name, aws.account(), aws.region)
    if given.verb == "up":
        return _up(given, names, aws, around)
    if given.verb == "down":
        return down(names, aws, around, is_sure=given.yes)
    if given.verb == "ssh":
        return ssh(names, aws, around, given.words, identity=given.identity)
    if given.verb == "logs":
        return logs(names, aws, around, follow=given.follow, identity=given.identity)
    return status(names, aws, around, wants_password=given.password)


def _up(given: argparse.Namespace, names: Names, aws: Aws, around: Around) -> int:
    found = pieces(Path(given.music))
    commit = source.commit()
    if source.is_changed():
        around.say("What has changed here since the last commit will not be installed.")
    key = _ssh_key(given.ssh_key)
    ssh_from = given.ssh_from
    if key and ssh_from is None:
        ssh_from = f"{around.own_address()}/32"
    plan = Plan(
        names=names,
        machine=given.instance_type,
        commit=commit,
        git_address=given.git or "",
        tracks=len(found),
        music=sum(piece.size for piece in found),
        listener=given.user,
        port=given.port,
        data_ports=given.data_ports,
        listeners_from=given.listeners_from,
        ssh_key=key,
        ssh_from=ssh_from or "",
    )
    made = Up(plan, found, lambda: source.archive(commit), aws, around)
    return made.run(is_sure=given.yes)


def _ssh_key(given: str | None) -> str:
    """The public key; empty for none. Raises DeployError."""
    if given == "none":
        return ""
    choices = [Path(given)] if given else [Path("~/.ssh", name).expanduser() for name in KEYS]
    for path in choices:
        try:
            content = path.read_text("utf-8").strip()
        except (OSError, ValueError):
            continue
        if not content.startswith(KINDS):
            raise DeployError(
                f"{path} is no public key that EC2 takes: give the .pub file of an Ed25519 or RSA"
                " key (`ssh-keygen -t ed25519` makes one)"
            )
        return content
    tried = " nor ".join(str(path) for path in choices)
    raise DeployError(
        f"cannot read {tried}: give --ssh-key FILE.pub (`ssh-keygen -t ed25519` makes one), or"
        " --ssh-key none to do without ssh"
    )


def parser() -> argparse.ArgumentParser:
    """All verbs with their options."""
    every = _Parser(add_help=False)
    every.add_argument(
        "--name", type=_name, default=DEFAULT_NAME, help="which deployment (default: %(default)s)"
    )
    every.add_argument("--region", help="where (default: as Amazon's own tools have it)")
    every.add_argument("--profile", help="whose credentials (default: the same)")
    sure = _Parser(add_help=False)
    sure.add_argument("--yes", action="store_true", help="ask nothing")
    into = _Parser(add_help=False)
    into.add_argument("--identity", metavar="FILE", help="the private key, as ssh -i takes it")

    top = _Parser(
        prog="python -m deploy",
        description="Antiphon on one small EC2 instance.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=_Parser)
    _add_up(verbs.add_parser("up", parents=[every, sure], help="make it, and wait until it plays"))
    told = verbs.add_parser("status", parents=[every], help="how it stands, and how to listen")
    told.add_argument("--password", action="store_true", help="show it, if nobody has seen it yet")
    shell = verbs.add_parser("ssh", parents=[every, into], help="a shell there, or one command")
    shell.add_argument("words", nargs="*", metavar="WORD", help="a command, after --")
    log = verbs.add_parser("logs", parents=[every, into], help="the service's log")
    log.add_argument("--follow", action="store_true", help="go on with what it says from now on")
    verbs.add_parser("down", parents=[every, sure], help="remove all of it, and say what it cost")
    return top


def _add_up(up: argparse.ArgumentParser) -> None:
    add = up.add_argument
    add("--music", default=str(source.ROOT / "music"), metavar="FOLDER", help="what it plays")
    add("--git", type=_https, metavar="URL", help="clone this commit from there, upload no source")
    add(
        "--instance-type",
        choices=sorted(MACHINES),
        default=DEFAULT_MACHINE,
        help="default: %(default)s",
    )
    add(
        "--user",
        type=_user,
        default="listener",
        metavar="NAME",
        help="who may listen (default: %(default)s)",
    )
    add("--port", type=_port, default=55353, metavar="PORT", help="default: %(default)s")
    add(
        "--data-ports",
        type=_ports,
        default=(55354, 55453),
        metavar="LOW-HIGH",
        help="default: 55354-55453",
    )
    add(
        "--listeners-from",
        type=_cidr,
        default=EVERYBODY,
        metavar="CIDR",
        help="who can reach it (default: everybody, who still needs the password)",
    )
    add("--ssh-key", metavar="FILE", help="public key for ssh, or none (default: that in ~/.ssh)")
    add("--ssh-from", type=_cidr, metavar="CIDR", help="who can reach ssh (default: this machine)")


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(
            "a name has at most 20 lower-case letters, digits and hyphens, and begins with a letter"
        )
    return text


def _user(text: str) -> str:
    # Narrower than the server is, since it passes through shells here and there.
    if not USER.fullmatch(text):
        raise argparse.ArgumentTypeError(
            "a user has at most 32 letters, digits, dots, hyphens and underscores, and begins with"
            " a letter or digit"
        )
    return text


def _https(text: str) -> str:
    if not text.startswith("https://") or "@" in text:
        raise argparse.ArgumentTypeError("an https:// address without a password in it is wanted")
    return text


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1024 <= int(text[:6]) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError("a port from 1024 to 65535 is wanted")


def _ports(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    ports = _port(low), _port(high)
    if ports[0] > ports[1]:
        raise argparse.ArgumentTypeError("the lower port comes first")
    return ports


def _cidr(text: str) -> str:
    try:
        return str(ipaddress.IPv4Network(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}: 198.51.100.7/32 is one address") from None
