# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of a password: what scrypt [RFC 7914] makes of it and of a salt, and how."""

import hashlib
import unicodedata
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Final, Self

from common.constants import MAX_PASSWORD
from common.text import forbidden_character

SALT_SIZE: Final = 16  # bytes
HASH_SIZE: Final = 32  # bytes
LEAST_N: Final = 2**14
LEAST_R: Final = 8
MOST_MEMORY: Final = 256 << 20  # bytes that one check may take
MOST_P: Final = 16
SLACK: Final = 1 << 20  # bytes beside the large block, more than OpenSSL counts
KIND: Final = "scrypt"
FORM: Final = f"{KIND}:N:R:P:SALT:HASH"


@dataclass(frozen=True, slots=True)
class Cost:
    """scrypt's parameters, under its own names."""

    n: int = LEAST_N  # steps; some 50 ms and 16 MiB with the others
    r: int = LEAST_R  # blocks of 128 bytes in a step
    p: int = 1  # times that all is done

    def __post_init__(self) -> None:
        if self.n < LEAST_N or self.n & (self.n - 1) or self.r < LEAST_R or self.p < 1:
            raise ValueError(f"N is a power of two from {LEAST_N} on, R {LEAST_R} or more, P not 0")
        if self.memory > MOST_MEMORY or self.p > MOST_P:
            raise ValueError(
                f"a check may take {MOST_MEMORY >> 20} MiB (128 * N * R bytes), P be {MOST_P}"
            )

    @property
    def memory(self) -> int:
        """Bytes that a check takes."""
        return 128 * self.n * self.r

    @property
    def work(self) -> int:
        """What a check costs, in comparison with others."""
        return self.memory * self.p


@dataclass(frozen=True, slots=True)
class HashedPassword:
    """Tells whether a password is the right one, and does not tell which one that is."""

    cost: Cost
    salt: bytes = field(repr=False)
    hash: bytes = field(repr=False)

    @classmethod
    def of(cls, password: str, *, salt: bytes, cost: Cost | None = None) -> Self:
        """Takes as long as a check."""
        cost = cost or Cost()
        return cls(cost, salt, scrypt(password, salt, cost))

    @classmethod
    def parse(cls, text: str) -> Self:
        """From what `str` gives; raises ValueError with a sentence."""
        words = text.split(":")
        if len(words) != 6 or words[0] != KIND:
            raise ValueError(f"behind the name, {FORM} is wanted")
        try:
            n, r, p = (int(word) for word in words[1:4])
            salt, made = (b64decode(word, validate=True) for word in words[4:])
        except ValueError:
            raise ValueError(f"N, R and P are numbers, SALT and HASH base64, in {FORM}") from None
        if len(salt) < SALT_SIZE or len(made) != HASH_SIZE:
            raise ValueError(f"SALT has {SALT_SIZE} bytes or more, HASH has {HASH_SIZE}")
        return cls(Cost(n, r, p), salt, made)

    def __str__(self) -> str:
        cost, salt, made = self.cost, b64encode(self.salt), b64encode(self.hash)
        return f"{KIND}:{cost.n}:{cost.r}:{cost.p}:{salt.decode()}:{made.decode()}"

    def fits(self, password: str) -> bool:
        """Whether it is this password. Takes long; other threads run meanwhile."""
        return compare_digest(scrypt(password, self.salt, self.cost), self.hash)


def check_password(password: str) -> str:
    """The password, if PASSWORD can carry it; raises ValueError with a sentence."""
    size = len(password.encode(errors="replace"))
    if not 0 < size <= MAX_PASSWORD:
        raise ValueError(f"a password has 1 to {MAX_PASSWORD} bytes of UTF-8, not {size}")
    if forbidden_character(password) is not None:
        raise ValueError("a password has no control characters, and is UTF-8")
    return password


def scrypt(password: str, salt: bytes, cost: Cost) -> bytes:
    """HASH_SIZE bytes that tell nothing of the password; takes long, without Python's lock."""
    # What one keyboard writes in one character, another one may write in two.
    secret = unicodedata.normalize("NFC", password).encode()
    return hashlib.scrypt(
        secret,
        salt=salt,
        n=cost.n,
        r=cost.r,
        p=cost.p,
        maxmem=cost.memory + 128 * cost.r * cost.p + SLACK,
        dklen=HASH_SIZE,
    )
