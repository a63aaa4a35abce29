# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the server knows that this listener takes children (RFC.md, "Offering")."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from client.tuning.feeding import Listening
from common.constants import KEY_SIZE
from common.errors import ErrorCode
from common.table import Table, row
from control.relay_messages import Relay, Relaying
from control.session_messages import Error

ASK_AGAIN: Final = 60.0  # seconds after the server needed no relay
UNREACHABLE: Final = (
    "You feed nobody, for the server cannot reach you ({why}). Let port {port} through your"
    " firewall, or forward it at your router. You go on listening."
)


class OfferState(Enum):
    """Where the offer stands."""

    OFF = auto()  # not tuned in
    WAITING = auto()  # for something to pass on, for the link, or for another try
    ASKED = auto()  # RELAY sent
    OFFERED = auto()
    USELESS = auto()  # nobody can reach this listener


class OfferInput(Enum):
    """What moves it."""

    TUNED = auto()
    UNTUNED = auto()
    READY = auto()  # there is something to pass on, and a link
    RELAYING = auto()
    UNREACHABLE = auto()
    NOT_NOW = auto()  # NO_RELAYS, or another ERROR
    UNLINKED = auto()
    LINKED = auto()  # again, perhaps from another address


class OfferAction(Enum):
    """What to do about it."""

    NOTHING = auto()
    ASK = auto()
    TELL = auto()  # the user
    PAUSE = auto()
    WITHDRAW = auto()


def _offer_table() -> Table[OfferState, OfferInput, OfferAction]:
    s, i, a = OfferState, OfferInput, OfferAction
    off, waiting = (s.OFF, a.NOTHING), (s.WAITING, a.NOTHING)
    asked, offered, useless = ((state, a.NOTHING) for state in (s.ASKED, s.OFFERED, s.USELESS))
    ask, tell = (s.ASKED, a.ASK), (s.USELESS, a.TELL)
    pause, withdraw = (s.WAITING, a.PAUSE), (s.OFF, a.WITHDRAW)
    cells = {
        #                       OFF  WAITING  ASKED  OFFERED  USELESS
        **row(i.TUNED, s, (waiting, waiting, waiting, waiting, waiting)),
        **row(i.UNTUNED, s, (off, off, withdraw, withdraw, off)),
        **row(i.READY, s, (off, ask, asked, offered, useless)),
        **row(i.RELAYING, s, (off, waiting, offered, offered, useless)),
        **row(i.UNREACHABLE, s, (off, waiting, tell, tell, useless)),
        **row(i.NOT_NOW, s, (off, waiting, pause, pause, useless)),
        # The answer will not come. Who was admitted before may still come.
        **row(i.UNLINKED, s, (off, waiting, waiting, offered, useless)),
        **row(i.LINKED, s, (off, waiting, waiting, waiting, waiting)),
    }
    return Table(s, i, cells)


OFFER_TABLE: Final = _offer_table()


class Offering:
    """Offers this listener as a parent, and knows the server's clock.

    Attributes:
        keys: of the latest offer, and of the one before; they prove tickets.
        children: how many it takes, but for those whose parent was lost.
    """

    def __init__(
        self,
        listening: Listening,
        *,
        children: int,
        rate: int,
        secret: Callable[[int], bytes],
        tell: Callable[[str], None],
    ) -> None:
        """`secret` makes so many random bytes from a secure source; `rate` in bytes per second."""
        self._listening = listening
        self.children = children
        self._rate = rate
        self._secret = secret
        self._tell = tell
        self._state = OfferState.OFF
        self._port = 0
        self._again_at = 0.0
        self._why = ""  # it was refused
        self._clock: float | None = None  # the server's less ours, seconds
        self.keys: tuple[bytes, ...] = ()
        self._has_told = False

    @property
    def is_open(self) -> bool:
        """Whether somebody may come."""
        return self._state in {OfferState.ASKED, OfferState.OFFERED}

    def listens(self, port: int) -> None:
        """Children can connect there."""
        self._port = port

    def server_time(self, now: float) -> float | None:
        """Seconds since 1970 (UTC) by the server's clock, where it was told."""
        return None if self._clock is None else now + self._clock

    def tuned(self) -> None:
        """A stream begins; what was offered before counts no longer."""
        self._again_at, self.keys = 0.0, ()
        self._step(OfferInput.TUNED, 0.0)

    def untuned(self) -> None:
        """The stream is over, or this listener leaves."""
        self._step(OfferInput.UNTUNED, 0.0)

    def linked(self) -> None:
        """The server can be asked again, and perhaps knows this listener by another address."""
        self._step(OfferInput.LINKED, 0.0)

    def unlinked(self) -> None:
        """No answer will come."""
        self._step(OfferInput.UNLINKED, 0.0)

    def ready(self, *, now: float) -> None:
        """There is something to pass on, and the server can be asked."""
        if self._port and now >= self._again_at:
            self._step(OfferInput.READY, now)

    def answered(self, asked: Relay, answer: Relaying | Error, *, now: float) -> None:
        """The server's answer to RELAY."""
        if not asked.port or asked.key != self.keys[0]:
            return  # to one that another has replaced
        if isinstance(answer, Relaying):
            self._clock = answer.time - now
            self._step(OfferInput.RELAYING, now)
        else:
            is_lost = answer.code == ErrorCode.UNREACHABLE
            self._why = answer.text
            self._step(OfferInput.UNREACHABLE if is_lost else OfferInput.NOT_NOW, now)

    def _step(self, what: OfferInput, now: float) -> None:
        self._state, action = OFFER_TABLE.step(self._state, what)
        match action:
            case OfferAction.ASK:
                self.keys = (self._secret(KEY_SIZE), *self.keys[:1])
                self._listening.request(Relay(self._port, self.children, self._rate, self.keys[0]))
            case OfferAction.TELL if not self._has_told:
                self._has_told = True
                self._tell(UNREACHABLE.format(why=self._why, port=self._port))
            case OfferAction.PAUSE:
                self._again_at = now + ASK_AGAIN
            case OfferAction.WITHDRAW:
                self._listening.request(Relay())
            case OfferAction.NOTHING | OfferAction.TELL:
                pass
