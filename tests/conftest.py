# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every test: Hypothesis draws the same examples each time and watches no clock."""

import signal

from hypothesis import settings

pytest_plugins = ["tests.held_up"]

# A test that fails must fail again, on any machine; a slow machine is no failure.
settings.register_profile("antiphon", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("antiphon")

# Under nohup, or behind a script's `&`, they are ignored, and so they would be by every program
# that a test starts, and hangs up on or interrupts.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
