# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of a password."""

import pytest

from common.constants import MAX_PASSWORD
from server.users.hashing import LEAST_N, Cost, HashedPassword, check_password, scrypt

SALT = bytes(range(16))


@pytest.fixture(scope="module")
def hashed() -> HashedPassword:
    return HashedPassword.of("pässword", salt=SALT)


def test_the_password_and_no_other_fits(hashed: HashedPassword) -> None:
    assert hashed.fits("pässword")
    assert hashed.fits("pa\u0308ssword"), "as another keyboard writes it"
    assert not hashed.fits("password")
    assert not hashed.fits("")


def test_it_is_scrypt_of_rfc_7914() -> None:
    made = scrypt("pleaseletmein", b"SodiumChloride", Cost(16384, 8, 1))
    assert made.hex().startswith("7023bdcb3afd7348461c06cd81fd38eb"), "its test vector, cut"


def test_a_line_says_all_that_is_needed_and_no_password(hashed: HashedPassword) -> None:
    line = str(hashed)
    assert line.startswith("scrypt:16384:8:1:AAECAwQFBgcICQoLDA0ODw==:")
    assert HashedPassword.parse(line) == hashed
    assert "AAEC" not in repr(hashed)


def test_another_salt_is_another_line(hashed: HashedPassword) -> None:
    assert HashedPassword.of("pässword", salt=bytes(16)).hash != hashed.hash


def test_the_cost_is_that_of_the_line() -> None:
    dear = HashedPassword.of("x", salt=SALT, cost=Cost(2 * LEAST_N, 8, 2))
    again = HashedPassword.parse(str(dear))
    assert again.cost == Cost(2 * LEAST_N, 8, 2)
    assert again.fits("x")
    assert not HashedPassword(Cost(), again.salt, again.hash).fits("x")


@pytest.mark.parametrize(
    "cost",
    [
        *((LEAST_N // 2, 8, 1), (LEAST_N + 1, 8, 1), (LEAST_N, 4, 1), (LEAST_N, 8, 0)),
        *((0, 8, 1), (-LEAST_N, 8, 1), (2**20, 8, 1), (LEAST_N, 8, 17), (LEAST_N, 2**20, 1)),
    ],
)
def test_what_is_too_cheap_or_too_dear_is_refused(cost: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"N is a power|a check may take"):
        Cost(*cost)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "geheim",
        "bcrypt:16384:8:1:AAECAwQFBgcICQoLDA0ODw==:" + "A" * 43 + "=",
        "scrypt:16384:8:1:AAECAwQFBgcICQoLDA0ODw==:" + "A" * 43 + "=:",
        "scrypt:lots:8:1:AAECAwQFBgcICQoLDA0ODw==:" + "A" * 43 + "=",
        "scrypt:16384:8:1:AAECAwQFBgcICQoLDA0ODw==:" + "?" * 43 + "=",
        "scrypt:16384:8:1:AAEC:" + "A" * 43 + "=",
        "scrypt:16384:8:1:AAECAwQFBgcICQoLDA0ODw==:AAEC",
        "scrypt:16384:8:1::",
        "scrypt:1024:8:1:AAECAwQFBgcICQoLDA0ODw==:" + "A" * 43 + "=",
    ],
)
def test_a_damaged_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"wanted|base64|bytes|power"):
        HashedPassword.parse(line)


def test_passwords_that_can_cross_the_wire() -> None:
    assert check_password(" ü: # ") == " ü: # "
    assert check_password("x" * MAX_PASSWORD)
    for wrong in ("", "x" * (MAX_PASSWORD + 1), "ü" * 128, "a\nb", "a\0b", "a\udcffb"):
        with pytest.raises(ValueError, match="a password has"):
            check_password(wrong)
