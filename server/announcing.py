# SPDX-License-Identifier: GPL-3.0-or-later
"""What the log says of a server that begins: its address, who it is, what is open, what it has."""

from server.certificate import Identity
from server.config import Config
from server.congestion import PREFERRED, is_usable
from server.exposure import trusts_everybody, warning
from server.library.library import Library
from server.logbook import Logbook

EVENTS = Logbook("antiphon.server")


def tell_of_congestion(congestion: str) -> None:
    """That the kernel does not let us have what the operator asked for, where it is so."""
    if not is_usable(congestion) and congestion != PREFERRED:
        EVENTS.warning(
            "no_such_congestion",
            "the kernel does not let us have the congestion control {congestion};"
            " its default holds",
            congestion=congestion,
        )


def tell_of_address(config: Config, port: int) -> None:
    """Where clients say HELLO."""
    if config.share is not None:
        return  # their parent says it, when all workers listen
    host = config.host or "*"
    EVENTS.info(
        "listening",
        "listening on {address}:{port}",
        address=f"[{host}]" if ":" in host else host,
        port=port,
    )


def tell_of_security(config: Config, host: str, identity: Identity | None) -> None:
    """Who the server is, and what those can do who reach it at `host`."""
    if config.share is not None and not config.share.leads:
        return  # one worker says it for all
    if identity is not None:
        tell_of_certificate(identity)
    exposed = warning(host, tls=identity is not None, users=config.users is not None)
    if exposed is not None and not config.insecure:
        EVENTS.warning("exposed", "this server is open to others", reason=exposed)
    claimed = trusts_everybody(host, config.proxies)
    if claimed is not None:
        EVENTS.warning("exposed", "everybody is taken for a proxy", reason=claimed)


def tell_of_certificate(identity: Identity) -> None:
    """By what clients know the server."""
    EVENTS.info(
        "certificate",
        "by this fingerprint clients know the server",
        fingerprint=identity.fingerprint,
    )


def tell_of_the_folder(config: Config, library: Library) -> None:
    """Once, when all of it is known: whoever waits for 10,000 files wants to hear the end."""
    library.ready.wait()
    if config.share is not None and not config.share.leads:
        return  # who looks through the folder has said it
    now = library.progress
    EVENTS.info(
        "folder_read",
        "{tracks} track; files read: {indexed}, no MP3: {refused}, cannot be read: {unreadable},"
        " lead elsewhere: {outside}"
        if now.tracks == 1
        else "{tracks} tracks; files read: {indexed}, no MP3: {refused}, cannot be read:"
        " {unreadable}, lead elsewhere: {outside}",
        tracks=now.tracks,
        indexed=now.indexed,
        refused=now.refused,
        unreadable=now.unreadable,
        outside=now.outside,
    )
