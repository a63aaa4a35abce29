# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a certificate that vouches for itself: clients are told its fingerprint, or trust the file.

Knows the `cryptography` library, which is slow to import: import it late.
"""

from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LONGEST_NAME = 64  # characters in the common name of a subject (RFC 5280, ub-common-name)


class SelfSigned(NamedTuple):
    """Both in PEM form."""

    certificate: bytes
    key: bytes


def self_signed(hosts: Sequence[str], *, begin: datetime, end: datetime) -> SelfSigned:
    """A certificate for these names and addresses, with a new key on P-256.

    P-256 because its handshake costs the server half of what RSA's does, and every TLS 1.3 client
    knows it. Raises ValueError with a sentence where something is no name.
    """
    names = [_name(host) for host in hosts]
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:LONGEST_NAME])])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return SelfSigned(
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        pass
    try:
        ascii_name = host.encode("idna").decode()
    except UnicodeError:
        ascii_name = ""
    if not ascii_name or not all(part.isalnum() for part in ascii_name.replace("-", "").split(".")):
        raise ValueError(f"{host!r} is no name of a host, and no address")
    return x509.DNSName(ascii_name)
