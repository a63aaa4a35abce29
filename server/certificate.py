# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's certificate and key: out of files, or a sentence about what is wrong there."""

import hashlib
import ssl
from pathlib import Path
from typing import Final

from common.small_file import read_small_file
from common.tls import require_tls13

MOST_BYTES: Final = 1 << 20  # of a file; a certificate with all that vouch for it has a few KiB


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
        self.context, self.fingerprint = _read(certificate, key)

    def reload(self) -> None:
        """Read the files again; raises CertificateError, and then nothing has changed."""
        self.context, self.fingerprint = _read(self._certificate, self._key)


def identity_of(certificate: Path | None, key: Path | None) -> Identity | None:
    """None where there is no certificate; raises CertificateError."""
    return None if certificate is None else Identity(certificate, key)


def first_certificate(file: Path) -> bytes:
    """The server's own, in PEM form; raises CertificateError, and ValueError where none is."""
    return _first(_content(file)).encode()


def grouped(digest: bytes) -> str:
    """A fingerprint as people compare it: AB:CD:..."""
    return digest.hex(":").upper()


def _read(certificate: Path, key: Path | None) -> tuple[ssl.SSLContext, str]:
    # OpenSSL takes names of files, waits at pipes, and does not say which of them it cannot read.
    content = _content(certificate)
    key_content = content if key is None else _content(key)
    context = require_tls13(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    # A resumed session saves no round trip, and with a key on an elliptic curve no work either; the
    # tickets for it would cost both, and a key that opens all of them.
    context.num_tickets = 0
    is_encrypted = False

    def ask() -> str:
        # Without this, OpenSSL would ask at the terminal, and a server has none.
        nonlocal is_encrypted
        is_encrypted = True
        return ""

    try:
        context.load_cert_chain(certificate, key, ask)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        if is_encrypted:
            file = key or certificate
            raise CertificateError(
                f"the key in {file} is encrypted: openssl pkey -in {file} -out FILE decrypts it",
            ) from None
        if not _holds(content, "CERTIFICATE"):
            raise CertificateError(_no_certificate(certificate)) from None
        if not _holds(key_content, "PRIVATE KEY"):
            raise CertificateError(_no_key(certificate, key)) from None
        raise CertificateError(_why(certificate, key or certificate, error)) from None
    return context, _fingerprint(certificate, content)


def _content(path: Path) -> bytes:
    try:
        return read_small_file(path, MOST_BYTES)
    except OSError as error:
        raise CertificateError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise CertificateError(f"cannot read {path}: {error}") from None


def _holds(content: bytes, what: str) -> bool:
    return f"{what}-----".encode() in content


def _no_certificate(file: Path) -> str:
    return f"{file} holds no certificate in PEM form"


def _no_key(certificate: Path, key: Path | None) -> str:
    if key is None:
        return f"{certificate} holds no private key in PEM form; give it with --key"
    return f"{key} holds no private key in PEM form"


def _why(certificate: Path, key: Path, error: OSError | ValueError) -> str:
    if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
        return f"the key in {key} is not that of the certificate in {certificate}"
    return f"the certificate in {certificate}, with the key in {key}, cannot be used: {error}"


def _first(content: bytes) -> str:
    """The first certificate in the file, which is the server's own; raises ValueError."""
    text = content.decode(encoding="ascii", errors="replace")
    begin = text.index("-----BEGIN CERTIFICATE-----")
    end = text.index("-----END CERTIFICATE-----", begin)
    return text[begin:end] + "-----END CERTIFICATE-----"


def _fingerprint(certificate: Path, content: bytes) -> str:
    try:
        return grouped(hashlib.sha256(ssl.PEM_cert_to_DER_cert(_first(content))).digest())
    except ValueError as error:
        raise CertificateError(f"{_no_certificate(certificate)}: {error}") from None
