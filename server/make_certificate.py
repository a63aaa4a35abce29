# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m server certificate HOST...`: a certificate for a server that has none yet."""

import argparse
import os
import shlex
import ssl
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from server.certificate import grouped
from server.exit_status import FAILED, MISUSED
from server.option_values import filled

DAYS: Final = 3650  # whoever trusts a fingerprint does not look at the date
MOST_DAYS: Final = 36500
into: Final = filled("a folder", "leave the option out for this one")
CLOCK_SKEW: Final = timedelta(days=1)  # between this clock and the clients'


def main(arguments: Sequence[str]) -> int:
    """Make one, tell how to use it; the exit status."""
    options = command_line().parse_args(arguments)
    # Slow to load, and a server that runs has no use for it.
    from server.self_signed import self_signed  # noqa: PLC0415

    folder = Path(options.out)
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if certificate.exists():  # the key alone would be of no use to anybody
        return _complain(f"{certificate} is there already: move it away, or give another --out")
    now = datetime.now(UTC)
    try:
        made = self_signed(
            options.hosts, begin=now - CLOCK_SKEW, end=now + timedelta(days=options.days)
        )
        folder.mkdir(parents=True, exist_ok=True)
        _write(key, made.key, mode=0o600)
        _write(certificate, made.certificate, mode=0o644)
    except FileExistsError as error:
        return _complain(f"{error.filename} is there already: move it away, or give another --out")
    except OSError as error:
        return _complain(f"cannot write {error.filename}: {error.strerror}")
    except ValueError as error:
        return _complain(str(error), status=MISUSED)  # a HOST that is none
    fingerprint = grouped(sha256(ssl.PEM_cert_to_DER_cert(made.certificate.decode())).digest())
    files = f"--certificate {shlex.quote(str(certificate))} --key {shlex.quote(str(key))}"
    print(  # noqa: T201 a command line; does nothing where there is no output
        f"The server: antiphon-server {files} FOLDER\n"
        f"Clients:    antiphon --fingerprint {fingerprint} {options.hosts[0]}\n"
        f"            or, with a copy of the file, antiphon --ca certificate.pem"
        f" {options.hosts[0]}"
    )
    return 0


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """A new file: a key that is in use is not to be written over. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def command_line() -> argparse.ArgumentParser:
    """What reads the command line; man pages and completion are made from it too."""
    parser = argparse.ArgumentParser(
        prog="antiphon-server certificate",
        description="Make a certificate that vouches for itself, and its key, for TLS.",
        epilog="Clients trust it by its fingerprint, or by a copy of certificate.pem.",
    )
    add = parser.add_argument
    add("hosts", nargs="+", metavar="HOST", help="name or address by which clients call the server")
    add("--out", type=_folder, default=".", metavar="DIR", help="where to put it (default: here)")
    add(
        "--days",
        type=_days,
        default=DAYS,
        metavar="N",
        help="how long it is good for those who trust the file (default: %(default)s)",
    )
    return parser


def _folder(text: str) -> str:
    try:
        return into(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _days(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:6]) <= MOST_DAYS:
        return int(text)
    raise argparse.ArgumentTypeError(f"a whole number from 1 to {MOST_DAYS} is wanted")


def _complain(text: str, *, status: int = FAILED) -> int:
    sys.stderr.write(f"antiphon-server: {text}\n")
    return status
