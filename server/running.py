# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a server in this process, with its log, until a signal."""

import logging
import socket
from collections.abc import Callable

from server.app import App
from server.garbage import collected_seldom
from server.log import logging_to_standard_error, set_level
from server.options import Parsed
from server.reloader import Reloader
from server.service_manager import Manager


def run_server(
    parsed: Parsed,
    *,
    reread: Callable[[], Parsed],
    listening: socket.socket | None,
    manager: Manager,
) -> int:
    """The exit status. Raises StartError; `reread` raises OptionsError."""
    config = parsed.config
    worker = None if config.share is None else config.share.number
    with logging_to_standard_error(level(parsed), is_json=parsed.log_json, worker=worker):
        app = App(config, listening=listening, notifier=manager)

        def use(wanted: Parsed) -> None:
            app.use(wanted.config.limits, wanted.config.timers)
            set_level(level(wanted))

        files = (app.reload_certificate, app.reload_users)
        reloader = Reloader(parsed, reread, use=use, files=files)
        with collected_seldom():
            app.run(reload=reloader.reload if parsed.reads_again else None)
    return 0


def level(parsed: Parsed) -> int:
    """From which level on the log is kept."""
    return logging.DEBUG if parsed.verbose else logging.INFO
