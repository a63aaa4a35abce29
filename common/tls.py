# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS without a socket: ciphertext in, plaintext out, and the other way round (RFC.md, "TLS").

Whoever calls it owns the context, with certificates and keys, and the socket. What comes out of
`data_to_send` is to be sent also after an error: it is the alert that tells the peer.
"""

import contextlib
import ssl
from enum import Enum, auto
from typing import Final

from common.errors import AntiphonError

ALPN: Final = "antiphon"
RECORD: Final = 16384  # bytes of plaintext in a record at most (RFC 8446, 5.1)
RECEIVE: Final = RECORD + 261  # bytes of ciphertext worth taking at once: a record, and its frame

# "protocol_version", to whoever speaks something else: OpenSSL closes without a word to them.
_NOT_TLS: Final = bytes.fromhex("15 03 03 0002 02 46")
# How a record begins: content type alert or handshake, and a version that has been 3.x ever since.
_ALERT: Final = b"\x15\x03"
_HANDSHAKE: Final = b"\x16\x03"

# X.509 verification results, which `ssl` has no names for.
_CERT_NOT_YET_VALID: Final = 9
_CERT_HAS_EXPIRED: Final = 10
_HOSTNAME_MISMATCH: Final = 62
_IP_ADDRESS_MISMATCH: Final = 64


class Problem(Enum):
    """What is wrong with the peer."""

    NOT_TLS = auto()  # it speaks something else
    VERSION = auto()  # it does not speak TLS 1.3
    NOT_ANTIPHON = auto()  # it speaks TLS, for other programs
    UNTRUSTED = auto()  # nobody who is trusted vouches for its certificate
    WRONG_NAME = auto()  # its certificate is somebody else's
    EXPIRED = auto()  # its certificate is no longer valid, or not yet
    ENDED = auto()  # it closed before the handshake was complete
    BROKEN = auto()  # anything else


_BY_REASON: Final = {
    "TLSV1_ALERT_PROTOCOL_VERSION": Problem.VERSION,
    "UNSUPPORTED_PROTOCOL": Problem.VERSION,
    "TLSV1_ALERT_NO_APPLICATION_PROTOCOL": Problem.NOT_ANTIPHON,
}
_BY_VERDICT: Final = {
    _CERT_NOT_YET_VALID: Problem.EXPIRED,
    _CERT_HAS_EXPIRED: Problem.EXPIRED,
    _HOSTNAME_MISMATCH: Problem.WRONG_NAME,
    _IP_ADDRESS_MISMATCH: Problem.WRONG_NAME,
}


class TlsError(AntiphonError):
    """The connection cannot be secured, or is no longer; `text` is for a log."""

    def __init__(self, problem: Problem, text: str) -> None:
        super().__init__(text)
        self.problem = problem
        self.text = text


def require_tls13(context: ssl.SSLContext) -> ssl.SSLContext:
    """The context, made to speak what RFC.md asks of both sides and nothing else."""
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols([ALPN])
    return context


def is_alert(data: bytes) -> bool:
    """Whether what came in the clear is the answer of a server that speaks TLS."""
    return data.startswith(_ALERT)


class TlsPipe:
    """One side of one connection.

    It holds what it was given and cannot use yet (OpenSSL refuses longer records and handshake
    messages than there may be), and what `data_to_send` has not taken out.
    """

    __slots__ = (
        "_ended",
        "_error",
        "_head",
        "_incoming",
        "_is_server",
        "_outgoing",
        "_over",
        "_ready",
        "_tls",
    )

    def __init__(self, context: ssl.SSLContext, *, server_name: str | None = None) -> None:
        """The server's side, or a client's that expects `server_name` (a name or an address).

        Raises ValueError where nothing is called like that.
        """
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._is_server = server_name is None
        self._tls = context.wrap_bio(
            self._incoming,
            self._outgoing,
            server_side=self._is_server,
            server_hostname=server_name,
        )
        self._head = b""  # the first two bytes that came
        self._ended = False  # nothing more comes
        self._over = False  # nothing more is to be read
        self._ready = False
        self._error: TlsError | None = None

    @property
    def ready(self) -> bool:
        """Whether the handshake is complete."""
        return self._ready

    @property
    def peer_certificate(self) -> bytes | None:
        """In DER form, behind the handshake; None where there is none."""
        return self._tls.getpeercert(binary_form=True)

    def receive(self, data: bytes) -> None:
        """Take ciphertext, b"" for the end of the peer's stream."""
        if self._ended:
            return
        if not data:
            self._ended = True
            self._incoming.write_eof()
            return
        self._head += data[: 2 - len(self._head)]
        self._incoming.write(data)

    def handshake(self) -> bool:
        """Go on with the handshake; whether it is complete. Raises TlsError."""
        if self._error is not None:
            raise self._error
        if self._ready:
            return True
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            problem = self._problem(error)
            if problem is Problem.NOT_TLS and self._is_server:
                self._outgoing.read()
                self._outgoing.write(_NOT_TLS)
            raise self._failed(problem, error) from error
        if self._tls.selected_alpn_protocol() != ALPN:
            # OpenSSL lets a client pass that offers others only: nothing is said to it.
            self._error = TlsError(Problem.NOT_ANTIPHON, f'the peer does not offer "{ALPN}"')
            self.close()
            raise self._error
        self._ready = True
        return True

    def read(self, size: int) -> bytes | None:
        """Up to `size` bytes of plaintext; b"" at the peer's end, None for later.

        A stream that ends without the alert close_notify has ended all the same (RFC.md, "TLS").
        Raises TlsError where what came was tampered with, behind all that came before.
        """
        found = bytearray()
        while len(found) < size and self._error is None and not self._over:
            try:
                data = self._tls.read(size - len(found))
            except ssl.SSLWantReadError:
                return bytes(found) or None
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                data = b""
            except ssl.SSLError as error:
                self._failed(Problem.BROKEN, error)
                break
            self._over = not data
            found += data
        if self._error is not None and not found:
            raise self._error
        return bytes(found)

    def write(self, data: bytes | memoryview) -> int:
        """Take up to RECORD bytes of plaintext, behind the handshake; how many. Raises TlsError."""
        if not data:
            return 0
        try:
            return self._tls.write(data[:RECORD])
        except ssl.SSLError as error:
            raise self._failed(Problem.BROKEN, error) from error

    def close(self) -> None:
        """Say close_notify: nothing more is written."""
        with contextlib.suppress(ssl.SSLError):  # that the peer has not said it too, for one
            self._tls.unwrap()

    def data_to_send(self) -> bytes:
        """Ciphertext to send now, given out once."""
        return self._outgoing.read()

    def _failed(self, problem: Problem, error: ssl.SSLError) -> TlsError:
        self._error = TlsError(problem, _words(error))
        return self._error

    def _problem(self, error: ssl.SSLError) -> Problem:
        if self._head and not (_ALERT.startswith(self._head) or _HANDSHAKE.startswith(self._head)):
            return Problem.NOT_TLS
        if isinstance(error, ssl.SSLCertVerificationError):
            return _BY_VERDICT.get(error.verify_code, Problem.UNTRUSTED)
        if isinstance(error, ssl.SSLEOFError):
            return Problem.ENDED
        return _BY_REASON.get(error.reason, Problem.BROKEN)


def _words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLEOFError):
        return "the peer closed the connection"
    return (error.reason or "unknown error").replace("_", " ").lower()
