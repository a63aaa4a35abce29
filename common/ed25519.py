# SPDX-License-Identifier: GPL-3.0-or-later
"""Ed25519 signatures over bytes (RFC 8032), by the `cryptography` library.

The library is slow to import, and only stations need it: it is imported when a key is made.
"""

from collections.abc import Callable
from typing import NamedTuple

SEED_SIZE = 32  # bytes of a private key, as RFC 8032 has it


class Signer(NamedTuple):
    """A private key that can be used and not read, and its public key."""

    public_key: bytes  # 32 bytes
    sign: Callable[[bytes], bytes]  # message -> signature of 64 bytes


def signer(seed: bytes) -> Signer:
    """The key of 32 secret bytes from a secure source. Raises ValueError for another size."""
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 see above

    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    return Signer(key.public_key().public_bytes_raw(), key.sign)


def verifier(public_key: bytes) -> Callable[[bytes, bytes], bool]:
    """A function of signature and message that says whether the key's owner signed.

    Raises ValueError where `public_key` has not 32 bytes; bytes that are no key verify nothing.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 see above
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    key = ed25519.Ed25519PublicKey.from_public_bytes(public_key)

    def verify(signature: bytes, message: bytes) -> bool:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verify
