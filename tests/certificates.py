# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that tests make for themselves, and contexts of both sides that use them."""

import functools
import hashlib
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from common.tls import require_tls13
from server.self_signed import self_signed

DAY = timedelta(days=1)


class Papers(NamedTuple):
    """A certificate with its key, in PEM form."""

    certificate: str
    key: str

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of its DER form, in hexadecimal."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.certificate)).hexdigest()

    def write(self, folder: Path) -> tuple[Path, Path]:
        """The files of the certificate and of the key."""
        folder.mkdir(exist_ok=True)
        paths = folder / "certificate.pem", folder / "key.pem"
        for path, content in zip(paths, self, strict=True):
            path.write_text(content)
        return paths

    def server(self) -> ssl.SSLContext:
        """The context of a server that speaks what Antiphon speaks."""
        return require_tls13(self.any_server())

    def any_server(self) -> ssl.SSLContext:
        """The context of a server of something else."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            context.load_cert_chain(*self.write(Path(folder)))
        return context

    def client(self) -> ssl.SSLContext:
        """The context of a client that trusts this certificate and no other."""
        return require_tls13(self.any_client())

    def any_client(self) -> ssl.SSLContext:
        """The context of a client of something else that trusts it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self.certificate)
        return context


@functools.cache
def papers(*hosts: str, serial: int = 0, first_day: int = -1, last_day: int = 1) -> Papers:
    """For 127.0.0.1 and localhost, or `hosts`; days from today. Another `serial` is another one."""
    assert serial >= 0
    now = datetime.now(UTC)
    made = self_signed(
        hosts or ("127.0.0.1", "localhost"),
        begin=now + first_day * DAY,
        end=now + last_day * DAY,
    )
    return Papers(made.certificate.decode(), made.key.decode())
