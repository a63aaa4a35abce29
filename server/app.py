# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the server together, runs it until a signal, and takes it apart in order."""

import contextlib
import errno
import logging
import os
import resource
import signal
import socket

import gevent
from gevent.event import Event

from common.constants import BYE_TIMEOUT
from common.errors import ErrorCode
from control.framing import encode
from control.session_messages import Error
from data.frames import Fail
from server.acceptor import Acceptor, listen
from server.channel import DISCARD, clock
from server.config import Config
from server.control_link import ControlLink
from server.data_link import DataLink
from server.data_ports import DataPortPool
from server.deadlines import Deadlines
from server.library.errors import LibraryError
from server.library.library import Library
from server.pump import Pump
from server.service import Service

LOG = logging.getLogger("antiphon.server")

BACKLOG = 4096
FIRST_SCAN_WAIT = 2.0  # seconds that the first clients wait at most for the first list to be whole
SPARE_DESCRIPTORS = 64  # beside two for each session
SIGNALS_APART = 0.5  # seconds; a shell may send one Ctrl-C to a group twice
TICK = 0.05  # seconds; deadlines closer together than this are looked at together


class StartError(Exception):
    """The server cannot start; the text tells the operator why and what to do."""


class App:
    """One running server."""

    def __init__(self, config: Config) -> None:
        """Open everything; raises StartError."""
        self._config = config
        _raise_descriptor_limit(config.limits.sessions)
        try:
            self._library = Library(config.folder, config.state, rescan=config.rescan)
        except LibraryError as error:
            raise StartError(str(error)) from None
        self._deadlines = Deadlines()
        self._pump = Pump()
        self._ports = DataPortPool(config.host, config.data_ports, self._accept_data)
        self._service = Service(
            limits=config.limits,
            timers=config.timers,
            tracks=self._library,
            ports=self._ports,
            deadlines=self._deadlines,
            random_bytes=os.urandom,
        )
        self._controls: set[ControlLink] = set()
        self._ungreeted: set[ControlLink] = set()  # and some that have been greeted since
        self._unattached: set[DataLink] = set()
        self._stop = Event()
        self._signalled_at: float | None = None
        try:
            self._socket = listen(config.host, config.port, BACKLOG)
        except (OSError, OverflowError) as error:
            self._library.close()
            raise StartError(_why_not_listening(config, error)) from None
        self.port = int(self._socket.getsockname()[1])

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; a second signal ends it at once."""
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, self._signalled)
        self._library.start()
        with contextlib.suppress(gevent.Timeout):
            self._library.ready.wait(FIRST_SCAN_WAIT)
        acceptor = Acceptor(self._socket, self._accept_control, turned_away=_turn_away)
        ticker = gevent.spawn(self._watch_deadlines)
        host = self._config.host or "*"
        LOG.info("listening on %s:%d", f"[{host}]" if ":" in host else host, self.port)
        self._stop.wait()
        LOG.info("shutting down")
        acceptor.close()
        self._say_bye()
        ticker.kill()
        self._ports.close()
        self._library.close()

    def stop(self) -> None:
        """Begin to shut down."""
        self._stop.set()

    def _signalled(self) -> None:
        if self._signalled_at is None:
            self._signalled_at = clock()
            self.stop()
        elif clock() > self._signalled_at + SIGNALS_APART:
            os._exit(1)

    def _accept_control(self, sock: socket.socket, peer: str) -> None:
        if len(self._ungreeted) >= self._config.limits.waiting:
            self._ungreeted = {link for link in self._ungreeted if link.waiting}
        if len(self._ungreeted) >= self._config.limits.waiting:
            with sock:
                _turn_away(sock)
            return
        link = ControlLink(
            sock,
            peer,
            self._service,
            self._deadlines,
            self._pump,
            gone=self._controls.discard,
        )
        self._controls.add(link)
        self._ungreeted.add(link)

    def _accept_data(self, sock: socket.socket, peer: str) -> None:
        if len(self._unattached) >= self._config.limits.waiting:
            with sock:
                _last_word(sock, Fail(0, 0, 0, ErrorCode.BUSY, "too many wait here").encode())
            return
        self._unattached.add(
            DataLink(
                sock,
                peer,
                self._service,
                self._deadlines,
                self._pump,
                gone=self._unattached.discard,
            )
        )

    def _watch_deadlines(self) -> None:
        while True:
            at = self._deadlines.next()
            gevent.sleep(1.0 if at is None else min(1.0, max(TICK, at - clock())))
            try:
                self._deadlines.run(now=clock())
            except Exception:  # a defect here must not leave all others without their deadlines
                LOG.exception("a defect of the server")

    def _say_bye(self) -> None:
        """BYE to everybody, and at most BYE_TIMEOUT for their GOODBYEs."""
        for link in list(self._controls):
            link.leave(ErrorCode.SHUTTING_DOWN, "the server is shutting down")
        until = clock() + BYE_TIMEOUT
        while self._controls and clock() < until:
            gevent.sleep(TICK)


def _turn_away(sock: socket.socket) -> None:
    """The last word to somebody for whom there is no room."""
    _last_word(
        sock, encode(0, Error(ErrorCode.BUSY, "the server has as many connections as it can"))
    )


def _last_word(sock: socket.socket, word: bytes) -> None:
    with contextlib.suppress(OSError):
        sock.setblocking(False)  # noqa: FBT003 its only name
        sock.send(word)
        sock.shutdown(socket.SHUT_WR)
        # Closing with unread bytes would make the kernel send RST, which may overtake the word.
        sock.recv(DISCARD)


def _raise_descriptor_limit(sessions: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or soft < hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    wanted = 2 * sessions + SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        LOG.warning(
            "%d sessions need %d descriptors, and the limit is %d: raise it (ulimit -n) "
            "or set max-sessions to %d",
            sessions,
            wanted,
            soft,
            max(1, (soft - SPARE_DESCRIPTORS) // 2),
        )


def _why_not_listening(config: Config, error: OSError | OverflowError) -> str:
    where = f"{config.host or '*'}:{config.port}"
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return f"{where} is in use: stop the other program, or give another port"
    if number in {errno.EACCES, errno.EPERM}:
        return f"{where} may not be used by this user: give a port above 1023"
    return f"cannot listen on {where}: {error}"
