# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose certificate is good: what the user says about it, read once."""

import re
import ssl
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from common.small_file import read_small_file

_FINGERPRINT: Final = re.compile("[0-9A-Fa-f]{64}")
_MOST: Final = 1 << 20  # bytes of a file of authorities; a system's whole store has less


class AuthoritiesError(Exception):
    """A file of certificates cannot be used here; the text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe who a server is; without either, the authorities of the system.

    Attributes:
        authorities: certificates in PEM form.
        fingerprint: SHA-256 of the server's own certificate; neither name nor dates count then.
    """

    authorities: str | None = None
    fingerprint: bytes | None = None


def fingerprint_of(certificate: bytes) -> str:
    """Of a certificate in DER form, as people compare it: AB:CD:..."""
    return sha256(certificate).digest().hex(":").upper()


def read_fingerprint(text: str) -> bytes:
    """The digest, with or without colons; raises ValueError with a sentence."""
    digits = text.replace(":", "").replace(" ", "")
    if not _FINGERPRINT.fullmatch(digits):
        raise ValueError("a fingerprint is the SHA-256 of a certificate: 64 hexadecimal digits")
    return bytes.fromhex(digits)


def read_authorities(name: str) -> str:
    """What is in this file, in PEM form; raises AuthoritiesError."""
    try:
        content = read_small_file(name, _MOST).decode("ascii", "ignore")  # of what is between them
    except OSError as error:
        raise AuthoritiesError(f"cannot read {name}: {error.strerror}") from None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=content)
    except (ssl.SSLError, ValueError):
        raise AuthoritiesError(f"{name} holds no certificate in PEM form") from None
    return content
