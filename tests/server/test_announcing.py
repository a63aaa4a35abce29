# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server that begins says in its log, and what one of several workers leaves to another."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import gevent
import pytest

from server.announcing import (
    tell_of_address,
    tell_of_congestion,
    tell_of_security,
    tell_of_the_folder,
)
from server.certificate import Identity
from server.config import Config, Share
from server.congestion import PREFERRED, SYSTEM
from server.library.library import Library
from server.library.progress import Progress
from tests.certificates import papers

PLAIN = Config(folder=Path(), host="")
LEADS, FOLLOWS = Share(1, 2), Share(2, 2)


@pytest.fixture(autouse=True)
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log, from `info` on."""
    caplog.set_level(logging.INFO, "antiphon.server")
    return caplog


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Of an empty folder; it has not looked into it yet."""
    made = Library(tmp_path, tmp_path / "state")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("host", "address"),
    [("", "*:7000"), ("192.0.2.7", "192.0.2.7:7000"), ("::1", "[::1]:7000")],
)
def test_the_address_can_be_typed(said: pytest.LogCaptureFixture, host: str, address: str) -> None:
    tell_of_address(replace(PLAIN, host=host), 7000)
    assert f"listening on {address}" in said.text


@pytest.mark.parametrize("share", [LEADS, FOLLOWS])
def test_the_address_of_workers_is_their_parents_to_tell(
    said: pytest.LogCaptureFixture, share: Share
) -> None:
    tell_of_address(replace(PLAIN, share=share), 7000)
    assert said.text == ""


def test_who_the_server_is_and_what_is_open(said: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    identity = Identity(*papers().write(tmp_path / "papers"))
    tell_of_security(PLAIN, "", identity)
    assert f"event=certificate fingerprint={identity.fingerprint}" in said.text
    assert said.text.count("anybody who can reach this server may listen: give --users") == 1


def test_nothing_is_open_where_it_is_handed_over_on_loopback(
    said: pytest.LogCaptureFixture,
) -> None:
    tell_of_security(PLAIN, "127.0.0.1", None)
    assert said.text == ""


def test_proxies_that_are_everybody(said: pytest.LogCaptureFixture) -> None:
    config = replace(PLAIN, proxies=(ip_network("0.0.0.0/0"),), insecure=True)
    tell_of_security(config, "", None)
    assert "--proxy-protocol trusts everybody" in said.text


@pytest.mark.parametrize(("share", "tells"), [(LEADS, True), (FOLLOWS, False)])
def test_one_worker_tells_it_for_all(
    said: pytest.LogCaptureFixture, library: Library, share: Share, *, tells: bool
) -> None:
    config = replace(PLAIN, share=share)
    tell_of_security(config, "", None)
    assert ("anybody" in said.text) is tells
    library.ready.set()
    tell_of_the_folder(config, library)
    assert ("0 tracks" in said.text) is tells


def test_the_folder_is_told_of_when_all_of_it_is_known(
    said: pytest.LogCaptureFixture, library: Library
) -> None:
    telling = gevent.spawn(tell_of_the_folder, PLAIN, library)
    gevent.sleep(0)
    assert said.text == ""
    library.ready.set()
    telling.get(timeout=30)
    assert "0 tracks; files read: 0, no MP3: 0, cannot be read: 0, lead elsewhere: 0" in said.text


def test_a_folder_of_one_track(
    said: pytest.LogCaptureFixture, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = Progress(tracks=1, indexed=1, refused=0, unreadable=0, outside=0)
    monkeypatch.setattr(Library, "progress", only)
    library.ready.set()
    tell_of_the_folder(PLAIN, library)
    assert "1 track; files read: 1, no MP3: 0, cannot be read: 0, lead elsewhere: 0" in said.text


@pytest.mark.parametrize(
    ("congestion", "warns"), [(SYSTEM, False), (PREFERRED, False), ("cubic", True)]
)
def test_a_congestion_control_that_somebody_asked_for_and_nobody_gets(
    said: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    congestion: str,
    *,
    warns: bool,
) -> None:
    monkeypatch.setattr("server.announcing.is_usable", SYSTEM.__eq__)
    tell_of_congestion(congestion)
    assert ("does not let us have" in said.text) is warns
