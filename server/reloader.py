# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the configuration again on SIGHUP, and says in one line what has come of it."""

import logging
from collections.abc import Callable, Sequence

from server.options import OptionsError, Parsed
from server.reloading import Reload, changes, held

LOG = logging.getLogger("antiphon.server")


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
            LOG.error("nothing was reloaded: %s", error)  # noqa: TRY400 - no defect of ours
            return
        found = changes(self._running, wanted.settings)
        self._use(wanted)
        self._running = held(self._running, wanted.settings, found)
        if self._has_file:
            LOG.info("reloaded the configuration: %s", found)
        for read in self._files:
            read()
