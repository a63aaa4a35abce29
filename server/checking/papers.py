# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at who the server proves to be, who may listen, and what that leaves open."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from server import exposure
from server.certificate import CertificateError, first_certificate, identity_of
from server.checking.finding import Finding, count, error, good, warning
from server.config import Config
from server.users.users_file import UsersError, UsersFile, known_to_others

if TYPE_CHECKING:
    from cryptography import x509

SOON: Final = timedelta(days=30)
_CERTIFICATE: Final = "certificate"
_USERS: Final = "users"
_EXPOSURE: Final = "exposure"


def look_at_certificate(config: Config, *, now: datetime) -> Iterator[Finding]:
    """Whether it can be used with its key, and for how long and for whom it is good."""
    try:
        identity = identity_of(config.certificate, config.key)
    except CertificateError as problem:
        yield error(_CERTIFICATE, str(problem))
        return
    if config.certificate is None or identity is None:
        yield good(_CERTIFICATE, "none: the server speaks plain TCP")
        return
    # Slow to load, and a server that runs has no use for it.
    from cryptography import x509  # noqa: PLC0415

    try:
        found = x509.load_pem_x509_certificate(first_certificate(config.certificate))
        begin, end = found.not_valid_before_utc, found.not_valid_after_utc
        names = _names(found)
    except ValueError as problem:
        yield warning(_CERTIFICATE, f"{config.certificate} works here, and is odd: {problem}")
        return
    text = f"{config.certificate} fits its key, for {names or 'no name at all'}"
    yield good(_CERTIFICATE, text) if names else warning(_CERTIFICATE, text)
    others = "only clients that go by its fingerprint take it"
    if now >= end:
        yield error(_CERTIFICATE, f"it expired on {end:%Y-%m-%d}, and {others}: renew it")
    elif now < begin:
        yield error(
            _CERTIFICATE,
            f"it is good from {begin:%Y-%m-%d %H:%M} UTC on, and until then {others}: look at this"
            " machine's clock, or wait",
        )
    elif now + SOON >= end:
        yield warning(
            _CERTIFICATE,
            f"it expires in {count((end - now).days, 'day')}, on {end:%Y-%m-%d}: renew it"
            " (SIGHUP makes a running server read it)",
        )
    else:
        yield good(_CERTIFICATE, f"good until {end:%Y-%m-%d}; fingerprint {identity.fingerprint}")


def look_at_users(config: Config) -> Iterator[Finding]:
    """Whether their file can be used, and by whom it can be read."""
    if config.users is None:
        yield good(_USERS, "everybody may listen")
        return
    try:
        users = len(UsersFile.read(config.users).users)
    except UsersError as problem:
        yield error(_USERS, str(problem))
        return
    if users == 0:
        yield warning(
            _USERS,
            f"nobody may listen: `antiphon-server user add NAME --file {config.users}` adds one",
        )
    else:
        yield good(_USERS, f"{users} may listen, named in {config.users}")
    if known_to_others(config.users):
        yield warning(_USERS, f"others can read or write {config.users}: chmod 600 it")


def look_at_exposure(config: Config) -> Iterator[Finding]:
    """What others can reach, as the server says at its start."""
    has = {"tls": config.certificate is not None, "users": config.users is not None}
    refusal = exposure.refusal(config.host, **has)
    told = exposure.warning(config.host, **has)
    if config.insecure and (refusal or told):
        yield warning(_EXPOSURE, f"--insecure silences this: {refusal or told}")
    elif refusal is not None:
        yield error(_EXPOSURE, refusal)
    elif told is not None:
        yield warning(_EXPOSURE, told)
    else:
        yield good(_EXPOSURE, "nobody listens, or reads along, who should not")
    claimed = exposure.trusts_everybody(config.host, config.proxies)
    if claimed is not None:
        yield warning(_EXPOSURE, claimed)


def _names(certificate: "x509.Certificate") -> str:
    """By which clients may call the server."""
    from cryptography import x509  # noqa: PLC0415

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    names = found.get_values_for_type(x509.DNSName)
    return ", ".join([*names, *map(str, found.get_values_for_type(x509.IPAddress))])
