# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the server has named as parents, and who of them is left to be tried (RFC.md, "Placing")."""

from collections.abc import Callable

from control.relay_messages import Parent


class Candidates:
    """Each is tried once, in their order, unless its ticket is over."""

    def __init__(self, server_time: Callable[[float], float | None]) -> None:
        """`server_time` makes the server's clock of `now`, where that is known."""
        self._server_time = server_time
        self._known: tuple[Parent, ...] = ()
        self._left: list[Parent] = []

    def name(self, parents: tuple[Parent, ...]) -> None:
        """These are named, instead of those before."""
        self._known, self._left = parents, list(parents)

    def peek(self, *, now: float) -> Parent | None:
        """Who is next. Where the server's clock is not known, the parent judges its ticket."""
        time = self._server_time(now)
        while self._left and time is not None and time > self._left[0].expires:
            self._left.pop(0)
        return self._left[0] if self._left else None

    def take(self) -> Parent:
        """The next one, who counts as tried."""
        return self._left.pop(0)

    def prefer(self, node: int) -> None:
        """Try this one next, if there is a ticket for it."""
        others = [parent for parent in self._left if parent.node != node]
        self._left = [*(parent for parent in self._known if parent.node == node), *others]

    def banish(self, node: int) -> None:
        """Never try this one again."""
        self._known = tuple(parent for parent in self._known if parent.node != node)
        self._left = [parent for parent in self._left if parent.node != node]
