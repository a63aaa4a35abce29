# SPDX-License-Identifier: GPL-3.0-or-later
"""Shakes hands over a socket from a greenlet, and says in a sentence why that fails.

There is no way from here back to plain TCP, and none to a certificate that is not good.
"""

import socket
import ssl
from typing import Final

import gevent

from client.dial import READ, WRITE, DialError, dial_address, words
from client.trust import Trust, fingerprint_of
from common.tls import RECEIVE, Problem, TlsError, TlsPipe, require_tls13

_SENTENCES: Final = {
    Problem.NOT_TLS: "{server} does not speak TLS. Without --tls, --ca and --fingerprint, this"
    " program would talk to it in the clear.",
    Problem.VERSION: "{server} does not speak TLS 1.3, and this program speaks nothing older.",
    Problem.NOT_ANTIPHON: "{server} speaks TLS, but not Antiphon.",
    Problem.WRONG_NAME: "The certificate of {server} is not for this name ({text}). Call the server"
    " by a name that it has, or give --fingerprint.",
    Problem.EXPIRED: "The certificate of {server} is not valid today ({text}). If the clock of this"
    " machine is right, its operator has to renew it.",
    Problem.ENDED: "{server} closed the connection before TLS was set up; it may have no room.",
    Problem.BROKEN: "TLS with {server} cannot be set up ({text}).",
}


class HandshakeError(DialError):
    """The server was reached, and cannot be trusted or understood; the argument is a sentence."""


class Security:
    """What both connections to one server are secured with."""

    def __init__(self, trust: Trust, *, host: str, server: str) -> None:
        """`host` is what the certificate has to be for, `server` what the user calls it."""
        self._trust = trust
        self._name = host.partition("%")[0]  # a certificate knows nothing of this machine's zones
        self._server = server
        self._context = _context(trust)

    def shake_hands(self, sock: socket.socket, *, timeout: float) -> TlsPipe:
        """A pipe that is ready, or no socket any more and a HandshakeError.

        Blocks the greenlet, not the thread, for `timeout` seconds at most.
        """
        try:
            return self._shake_hands(sock, timeout)
        except BaseException:  # a killed greenlet must not leave a socket behind either
            sock.close()
            raise

    def _shake_hands(self, sock: socket.socket, timeout: float) -> TlsPipe:
        try:
            pipe = _shake(sock, self._context, self._name, timeout)
        except TlsError as error:
            if error.problem is Problem.UNTRUSTED:
                raise HandshakeError(self._whom_to_trust(sock, error, timeout)) from error
            sentence = _SENTENCES[error.problem].format(server=self._server, text=error.text)
            raise HandshakeError(sentence) from error
        except TimeoutError as error:
            raise HandshakeError(f"{self._server} answers, but does not set up TLS.") from error
        except OSError as error:
            why = f"The connection broke before TLS was set up: {words(error)}."
            raise HandshakeError(why) from error
        except ValueError as error:
            raise HandshakeError(f"{self._name} cannot be in a certificate ({error}).") from error
        seen = fingerprint_of(pipe.peer_certificate or b"")
        if self._trust.fingerprint is not None and seen != self._trust.fingerprint.hex(":").upper():
            raise HandshakeError(
                f"The certificate of {self._server} has the fingerprint {seen}, which is not the"
                " one given: the server has a new certificate, or somebody else answers for it."
            )
        return pipe

    def _whom_to_trust(self, sock: socket.socket, error: TlsError, timeout: float) -> str:
        """What to do about a certificate that nobody vouches for: the user decides, not we."""
        seen = self._look_at_certificate(sock, timeout)
        hint = "--fingerprint and --ca say whom else to trust"
        if seen is not None:
            hint = (
                f"if its operator tells you that this is its fingerprint, give --fingerprint {seen}"
            )
        who = "in the file of --ca" if self._trust.authorities else "whom this machine trusts"
        return f"Nobody {who} vouches for the certificate of {self._server} ({error.text}); {hint}."

    def _look_at_certificate(self, sock: socket.socket, timeout: float) -> str | None:
        """Its fingerprint, out of a connection of its own on which nothing else is said.

        OpenSSL keeps a certificate that it does not trust to itself.
        """
        try:
            with dial_address((sock.family, sock.getpeername()), timeout=timeout) as other:
                pipe = _shake(other, _context(Trust(fingerprint=b"")), self._name, timeout)
        except (OSError, TlsError):
            return None
        return fingerprint_of(pipe.peer_certificate or b"")


def _context(trust: Trust) -> ssl.SSLContext:
    context = require_tls13(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    if trust.fingerprint is not None:
        # The fingerprint is compared before anything is sent: it takes the place of all of this.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif trust.authorities is not None:
        context.load_verify_locations(cadata=trust.authorities)
    else:
        context.load_default_certs()
    return context


def _shake(sock: socket.socket, context: ssl.SSLContext, name: str, timeout: float) -> TlsPipe:
    """Raises TlsError, OSError, TimeoutError where it takes too long, ValueError for the name."""
    pipe = TlsPipe(context, server_name=name)
    with gevent.Timeout(timeout, TimeoutError("no answer")):
        while True:
            try:
                is_ready = pipe.handshake()
            finally:
                _send(sock, pipe.data_to_send())  # an alert too
            if is_ready:
                return pipe
            pipe.receive(_receive(sock))


def _send(sock: socket.socket, data: bytes) -> None:
    while data:
        try:
            data = data[sock.send(data) :]
        except BlockingIOError:
            _wait(sock, WRITE)


def _receive(sock: socket.socket) -> bytes:
    while True:
        try:
            return sock.recv(RECEIVE)
        except BlockingIOError:
            _wait(sock, READ)


def _wait(sock: socket.socket, what: int) -> None:
    hub = gevent.get_hub()
    watcher = hub.loop.io(sock.fileno(), what)
    try:
        hub.wait(watcher)
    finally:
        watcher.close()
