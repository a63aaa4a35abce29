# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a server in this process, with its log, until a signal."""

import logging
import socket
from collections.abc import Callable

from server.app import App
from server.garbage import collected_seldom
from server.log import logging_to_standard_error
from server.options import Parsed
from server.reloader import Reloader
from server.reloading import Reload
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
        files: list[Reload] = []  # that are read again beside the configuration
        if config.certificate is not None:
            files.append(app.reload_certificate)
        if config.users is not None:
            files.append(app.reload_users)
        if parsed.reads_again:
            app.reload_on_hang_up(Reloader(parsed, reread, use=app.use, files=files).reload)
        with collected_seldom():
            app.run()
    return 0


def level(parsed: Parsed) -> int:
    """From which level on the log is kept."""
    return logging.DEBUG if parsed.verbose else logging.INFO
