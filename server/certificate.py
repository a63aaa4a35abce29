# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's certificate and key: out of files, or a sentence about what is wrong there."""

import hashlib
import ssl
from pathlib import Path

from common.tls import require_tls13


class CertificateError(Exception):
    """They cannot be used; the text tells the operator why and what to do."""


class Identity:
    """Who the server proves to be, from now until it is read again.

    Attributes:
        context: for new connections; those that are open keep the one that they began with.
        fingerprint: SHA-256 of the certificate in DER form, as clients are told it.
    """

    def __init__(self, certificate: Path, key: Path | None) -> None:
        """`key` None: it is in the file of the certificate. Raises CertificateError."""
        self._certificate = certificate
        self._key = key
        self.context = _context(certificate, key)
        self.fingerprint = _fingerprint(certificate)

    def reload(self) -> None:
        """Read the files again; raises CertificateError, and then nothing has changed."""
        context = _context(self._certificate, self._key)
        self.fingerprint = _fingerprint(self._certificate)
        self.context = context


def grouped(digest: bytes) -> str:
    """A fingerprint as people compare it: AB:CD:..."""
    return digest.hex(":").upper()


def _context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    context = require_tls13(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    # A resumed session saves no round trip, and with a key on an elliptic curve no work either; the
    # tickets for it would cost both, and a key that opens all of them.
    context.num_tickets = 0
    for path in (certificate, key):
        if path is not None:
            _look_at(path)
    is_encrypted = False

    def ask() -> str:
        # Without this, OpenSSL would ask at the terminal, and a server has none.
        nonlocal is_encrypted
        is_encrypted = True
        return ""

    try:
        context.load_cert_chain(certificate, key, ask)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        file = key or certificate
        if is_encrypted:
            raise CertificateError(
                f"the key in {file} is encrypted: openssl pkey -in {file} -out FILE decrypts it",
            ) from None
        raise CertificateError(_why(certificate, file, error)) from None
    return context


def _look_at(path: Path) -> None:
    """OpenSSL does not say which of the files it cannot read."""
    try:
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CertificateError(f"cannot read {path}: {reason}") from None


def _why(certificate: Path, key: Path, error: OSError | ValueError) -> str:
    if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
        return f"the key in {key} is not that of the certificate in {certificate}"
    if not _holds(certificate, "CERTIFICATE"):
        return f"{certificate} holds no certificate in PEM form"
    if not _holds(key, "PRIVATE KEY"):
        return f"{key} holds no private key in PEM form; give it with --key"
    return f"the certificate in {certificate}, with the key in {key}, cannot be used: {error}"


def _holds(path: Path, what: str) -> bool:
    return f"{what}-----".encode() in path.read_bytes()


def _fingerprint(certificate: Path) -> str:
    """Of the first certificate in the file, which is the server's own."""
    try:
        text = certificate.read_text(encoding="ascii", errors="replace")
        begin = text.index("-----BEGIN CERTIFICATE-----")
        end = text.index("-----END CERTIFICATE-----", begin)
        first = text[begin:end] + "-----END CERTIFICATE-----"
        return grouped(hashlib.sha256(ssl.PEM_cert_to_DER_cert(first)).digest())
    except (OSError, ValueError) as error:
        raise CertificateError(f"{certificate} holds no certificate in PEM form: {error}") from None
