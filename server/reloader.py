# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the configuration again on SIGHUP, and says in one line what has come of it."""

from collections.abc import Callable, Sequence

from server.logbook import Logbook
from server.options import OptionsError, Parsed
from server.reloading import Reload, changes, held

EVENTS = Logbook("antiphon.server")


class Reloader:
    """Knows the settings that hold."""

    def __init__(
        self,
        running: Parsed,
        reread: Callable[[], Parsed],
        *,
        use: Callable[[Parsed], None],
        files: Sequence[Reload],
    ) -> None:
        """`reread` raises OptionsError; `use` takes over what can be changed; see `Reload`."""
        self._running = running.settings
        self._has_file = running.has_file
        self._reread = reread
        self._use = use
        self._files = files

    def reload(self) -> None:
        """Read it all again; where the configuration is wrong, nothing changes."""
        try:
            wanted = self._reread()
        except OptionsError as error:
            EVENTS.error("not_reloaded", "nothing was reloaded", reason=error)
            return
        found = changes(self._running, wanted.settings)
        self._use(wanted)
        self._running = held(self._running, wanted.settings, found)
        if self._has_file:
            EVENTS.info(
                "reloaded",
                "reloaded the configuration; some settings change with a restart only"
                if found.restart
                else "reloaded the configuration",
                changed=found.now or None,
                restart=found.restart or None,
            )
        for read in self._files:
            read()
