# SPDX-License-Identifier: GPL-3.0-or-later
"""A terminal that a test types at and looks at: tmux, with a plain shell in it."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.server_process import PATIENCE, ROOT, until

PROMPT = "ready>"  # of the plain shell


class Terminal:
    """One window of a tmux server of its own, so that nobody's tmux is touched."""

    def __init__(self, state: Path, *, columns: int = 90, lines: int = 24) -> None:
        """Nothing runs before `start`; `state` is a folder for what programs keep."""
        self._state = state
        self._size = ("-x", str(columns), "-y", str(lines))
        self._socket = state / "tmux"

    def start(self) -> None:
        """Start tmux and the shell in it."""
        environment = {
            **os.environ,
            "LC_ALL": "C.UTF-8",
            "XDG_STATE_HOME": str(self._state),
        }
        environment.pop("TMUX", None)
        # Not in the environment: the shell between tmux and this one would take the prompt out.
        plain = f"exec env PS1='{PROMPT} ' sh"
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", *self._size, plain, environment=environment
        )

    def _tmux(self, *arguments: str, environment: dict[str, str] | None = None) -> str:
        return subprocess.run(
            ("tmux", "-u", "-S", str(self._socket), *arguments),
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
        ).stdout

    def screen(self) -> list[str]:
        """The lines with something on them, without the blanks behind."""
        lines = self._tmux("capture-pane", "-p").splitlines()
        return [line.rstrip() for line in lines if line.strip()]

    def status_line(self) -> str:
        """The lowest line of the window."""
        return (self.screen() or [""])[-1]

    def types(self, text: str) -> None:
        """Type a line and press Enter."""
        self._tmux("send-keys", "-l", text)
        self.presses("Enter")

    def presses(self, *keys: str) -> None:
        """Press keys by the names that tmux has for them, such as C-c."""
        self._tmux("send-keys", *keys)

    def shows(self, *texts: str) -> None:
        """Wait until all texts are on the screen."""
        try:
            until(lambda: all(text in "\n".join(self.screen()) for text in texts))
        except AssertionError:
            raise AssertionError(f"{texts} is not on the screen: {self.screen()}") from None

    def status_shows(self, *texts: str) -> None:
        """Wait until all texts are on the lowest line."""
        try:
            until(lambda: all(text in self.status_line() for text in texts))
        except AssertionError:
            raise AssertionError(f"{texts} is not below: {self.screen()}") from None

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def process(self) -> int:
        """The process of the plain shell."""
        return int(self._tmux("list-panes", "-F", "#{pane_pid}"))

    def hang_up(self) -> None:
        """The terminal goes away, and with it what runs there."""
        subprocess.run(
            ("tmux", "-S", str(self._socket), "kill-server"), check=False, capture_output=True
        )


@contextmanager
def terminal(state: Path, *, columns: int = 90, lines: int = 24) -> Generator[Terminal]:
    """A terminal until the end of the block."""
    window = Terminal(state, columns=columns, lines=lines)
    try:
        window.start()
        window.shows(PROMPT)
        yield window
    finally:
        window.hang_up()
