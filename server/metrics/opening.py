# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the metrics together where they are asked for; elsewhere nothing of them is loaded."""

import contextlib
import importlib.util
import socket
from collections.abc import Callable
from http import HTTPStatus

from server.channel import clock
from server.config import Endpoint
from server.draining import Ending, Mode
from server.library.library import Library
from server.listening import NotListeningError, listen_for_clients, try_port
from server.logbook import Logbook
from server.metrics.door import MetricsDoor, Page
from server.metrics.loop_lag import LoopLag
from server.metrics.readings import read
from server.service import Service

EVENTS = Logbook("antiphon.server")

FRESH = 1.0  # seconds for which who asks is given what was found for somebody else


def listen_for_metrics(where: Endpoint | None) -> socket.socket | None:
    """The listening socket; raises NotListeningError, also where a library is missing."""
    if where is None:
        return None
    _check_installed()
    try:
        return listen_for_clients(where.host, where.port, option="--metrics")
    except NotListeningError as error:
        raise type(error)(f"--metrics: {error}") from None


def check_metrics(where: Endpoint) -> None:
    """Find out whether one could listen there, and do not; raises NotListeningError."""
    _check_installed()
    try:
        try_port(where.host, where.port, option="--metrics")
    except NotListeningError as error:
        raise type(error)(f"--metrics: {error}") from None


def _check_installed() -> None:
    if importlib.util.find_spec("prometheus_client") is None:
        raise NotListeningError(
            "--metrics needs prometheus_client: pip install prometheus_client, or leave it out"
        )


def open_metrics(
    sock: socket.socket | None, service: Service, library: Library, ending: Ending
) -> contextlib.ExitStack:
    """Answer there, until what is returned is closed; nothing happens without a socket."""
    opened = contextlib.ExitStack()
    if sock is None:
        return opened
    from server.metrics.exposition import CONTENT_TYPE, Exposition  # noqa: PLC0415

    exposition = Exposition(lambda: read(service, library))
    metrics = Kept(lambda: Page(HTTPStatus.OK, exposition.text(), CONTENT_TYPE))

    def health() -> Page:
        return healthy(ending.mode, is_walked=library.ready.is_set())

    lag = LoopLag(service.tally.loop_lag.observe)
    opened.callback(lag.close)
    host, port = sock.getsockname()[:2]
    url = f"http://{Endpoint(str(host), int(port))}/metrics"
    EVENTS.info("metrics_opened", "metrics at {url}", url=url)
    door = MetricsDoor(sock, {"/metrics": metrics.page, "/healthz": health})
    opened.callback(door.close)
    return opened


class Kept:
    """A page that is made at most once in FRESH, however many ask."""

    def __init__(self, make: Callable[[], Page], *, clock: Callable[[], float] = clock) -> None:
        """It is not made yet."""
        self._make = make
        self._clock = clock
        self._made: tuple[float, Page] | None = None

    def page(self) -> Page:
        """As it is, or was a moment ago."""
        now = self._clock()
        if self._made is None or now - self._made[0] >= FRESH:
            self._made = now, self._make()
        return self._made[1]


def healthy(mode: Mode, *, is_walked: bool) -> Page:
    """Whether a listener should be sent here; it is asked only where the control port listens."""
    if mode is not Mode.SERVING:
        return Page(HTTPStatus.SERVICE_UNAVAILABLE, b"the server drains, or is about to stop\n")
    if not is_walked:
        text = b"the music folder is being looked through for the first time\n"
        return Page(HTTPStatus.SERVICE_UNAVAILABLE, text)
    return Page(HTTPStatus.OK, b"ok\n")
