# SPDX-License-Identifier: GPL-3.0-or-later
"""How a running server comes to its end: the signals that ask for it, and who waits for it."""

import os
import signal
from collections.abc import Callable

import gevent
from gevent.event import Event

from server.channel import clock
from server.draining import Asked, Ending, Step
from server.hang_up import let_come


class Shutdown:
    """Carries out what `server.draining` decides.

    Attributes:
        ending: how far the end has come.
    """

    def __init__(self, ending: Ending) -> None:
        """Nobody has asked for it."""
        self.ending = ending
        self._begins = Event()
        self._leaves = Event()

    def heed_signals(self, hang_up: Callable[[], None] | None) -> None:
        """From now on, in the hub: SIGTERM ends it kindly, SIGINT at once, SIGHUP as told.

        Without `hang_up`, SIGHUP is a SIGINT, but for a server that is to outlive its terminal.
        """
        gevent.signal_handler(signal.SIGTERM, self._signalled, Asked.KINDLY)
        gevent.signal_handler(signal.SIGINT, self._signalled, Asked.NOW)
        if hang_up is not None:
            gevent.signal_handler(signal.SIGHUP, hang_up)
        elif signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup wants it
            gevent.signal_handler(signal.SIGHUP, self._signalled, Asked.NOW)
        let_come()

    def ask(self, asked: Asked) -> None:
        """Something other than a signal brings the end on."""
        self._carry_out(self.ending.happens(asked))

    def wait(self) -> None:
        """Until the end begins: `ending` says whether with a drain."""
        self._begins.wait()

    def wait_to_leave(self, seconds: float) -> bool:
        """Until everybody has to go, and no longer than so; whether they have to."""
        return self._leaves.wait(seconds)

    def _signalled(self, asked: Asked) -> None:
        self._carry_out(self.ending.signalled(asked, now=clock()))

    def _carry_out(self, step: Step) -> None:
        match step:
            case Step.DRAIN:
                self._begins.set()
            case Step.LEAVE:
                self._leaves.set()
                self._begins.set()
            case Step.EXIT:
                os._exit(1)
            case Step.NOTHING:
                pass
